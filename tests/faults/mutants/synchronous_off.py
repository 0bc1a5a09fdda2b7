"""A gateway whose commits never reach the disk. The suite must fail it."""

import sqlite3

from homing.cli.main import main

honest = sqlite3.connect


class Careless(sqlite3.Connection):
    """Ignores whoever asks for safety."""

    def execute(self, sql, *arguments):
        return super().execute(sql.lower().replace("synchronous=full", "synchronous=off")
                               .replace("synchronous = full", "synchronous = off")
                               if "synchronous" in sql.lower() else sql, *arguments)  # fmt: skip

    def executescript(self, script):
        lowered = script.lower().replace(" ", "")
        if "synchronous=full" in lowered:
            script = lowered.replace("synchronous=full", "synchronous=off").replace(
                "pragma", "pragma "
            )
        return super().executescript(script)


def connect(*arguments, **options):
    options.setdefault("factory", Careless)
    return honest(*arguments, **options)


sqlite3.connect = connect
main()
