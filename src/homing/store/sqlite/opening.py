"""Opens the file: rights, settings of SQLite, the schema's version, migrations.

The version stands in `user_version`. `schema.sql` makes a new store at once; an older one is copied
beside itself, then brought up by `migrations/NNNN_*.sql`, each in one transaction; hashes of ids
are ours, so migrations ask for them by `homing_match_key` and `homing_waiting_key`. The schema of
version 1 stays beside `schema.sql` as `schema_1.sql`, for the test that both ways give the same
tables.
"""

import os
import sqlite3
from importlib.resources import files
from pathlib import Path

from msgspec import Struct

from homing.core.receipts.forms import fold_id
from homing.core.receipts.match import key as match_key
from homing.core.receipts.match import waiting_key
from homing.store.contract import Unusable
from homing.store.sqlite.copying import copy_whole
from homing.store.sqlite.statements import CACHED_STATEMENTS, read_sql

APPLICATION_ID = 0x484F4D47  # "HOMG": tells a Homing store from another program's database
CACHE_KIBIBYTES = 16 * 1024  # the writer's; the others need little
SMALL_CACHE_KIBIBYTES = 2 * 1024
BUSY_TIMEOUT_S = 5.0  # a person's sqlite3 shell may hold the write lock for a moment


class Schema(Struct, frozen=True):
    """A version, how to make it from nothing, and how to reach it from each older one."""

    version: int
    create: str
    migrations: dict[int, str]  # to this version, from the one before


def our_schema() -> Schema:
    migrations = {}
    for file in files(__package__).joinpath("sql", "migrations").iterdir():
        number = file.name.partition("_")[0]
        if file.name.endswith(".sql") and number.isdigit():
            migrations[int(number)] = file.read_text("utf-8")
    return Schema(max(migrations, default=1), read_sql("schema.sql"), migrations)


def open_store(path: Path, schema: Schema) -> sqlite3.Connection:
    """The writing connection, with the schema of this version. Raises Unusable."""
    is_memory = str(path) == ":memory:"
    try:
        if not is_memory:
            make_private(path)
        connection = connect(path)
        # Before the first table: it decides the layout of the file.
        connection.execute("pragma auto_vacuum = incremental")
        if not is_memory:
            connection.execute("pragma journal_mode = wal")
        for setting in (
            "synchronous = full",
            "wal_autocheckpoint = 0",  # see `checkpoints`: not inside a commit that is waited for
            "secure_delete = on",
            "temp_store = memory",
        ):
            connection.execute(f"pragma {setting}")
        add_functions(connection)
        bring_up(connection, path, schema)
    except sqlite3.Error as fault:
        raise Unusable(f"{path} cannot be opened as a store: {fault}") from fault
    except OSError as fault:
        raise Unusable(f"{path} cannot be opened: {fault.strerror}") from fault
    return connection


def add_functions(connection: sqlite3.Connection) -> None:
    """What migrations may call."""
    connection.create_function("homing_match_key", 3, match_key)
    connection.create_function("homing_waiting_key", 2, _waiting_key)


def _waiting_key(carrier: str, spelled: str) -> int:
    return waiting_key(carrier, fold_id(spelled))


def connect(
    path: Path, *, cache_kibibytes: int = CACHE_KIBIBYTES, read_only: bool = False
) -> sqlite3.Connection:
    """A connection with our bounds on memory; used by one thread at a time."""
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=CACHED_STATEMENTS,
        timeout=BUSY_TIMEOUT_S,
    )
    for setting in (f"cache_size = -{cache_kibibytes}", "mmap_size = 0", "foreign_keys = off"):
        connection.execute(f"pragma {setting}").close()
    if read_only:
        connection.execute("pragma query_only = on").close()
    return connection


def make_private(path: Path) -> None:
    """Only its owner may read it; SQLite gives its WAL the same mode."""
    if not path.parent.is_dir():
        raise Unusable(f"{path} cannot be opened: the folder {path.parent} does not exist")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def bring_up(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    """Make or migrate the schema. Raises Unusable for another program's file or a newer one."""
    version = int(connection.execute("pragma user_version").fetchone()[0])
    marked = int(connection.execute("pragma application_id").fetchone()[0])
    tables = int(connection.execute("select count(*) from sqlite_schema").fetchone()[0])
    if tables and marked != APPLICATION_ID:
        raise Unusable(f"{path} is not a Homing store: it holds another program's tables")
    if version > schema.version:
        raise Unusable(
            f"{path} was written by a newer Homing (schema {version}; this one knows up to "
            f"{schema.version}): use that one, or restore a backup"
        )
    if not tables:
        _run(connection, schema.create, schema.version)
    elif version < schema.version:
        if str(path) != ":memory:":
            backup = path.with_name(f"{path.name}.schema-{version}.backup")
            backup.unlink(missing_ok=True)  # of a migration that was interrupted: the file is whole
            copy_whole(connection, backup)
        for number in range(version + 1, schema.version + 1):
            _run(connection, schema.migrations[number], number)


def _run(connection: sqlite3.Connection, script: str, version: int) -> None:
    """A script and its version, in one transaction."""
    try:
        connection.executescript(
            f"begin immediate; {script}\n; pragma application_id = {APPLICATION_ID};"
            f" pragma user_version = {version}; commit;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
