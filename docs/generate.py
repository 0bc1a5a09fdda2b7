"""Writes docs/reference/*.md from the tables of the code; with --check says which are stale.

Owns how a table becomes a page. What a setting, metric or code means stands beside it in the code;
MEANINGS below says more where a setting's line there says nothing or too little. A setting with
neither is a fault, and so is a meaning of no setting.
"""

import ast
import sys
import tokenize
from collections.abc import Callable, Iterator
from enum import Enum
from io import StringIO
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import click
import msgspec
from msgspec import Meta, Struct

from homing.api import errors
from homing.api.errors import Code
from homing.cli.main import homing
from homing.core.submit import status
from homing.core.submit.status import ERROR_TEXT, Status
from homing.runtime import settings, telemetry
from homing.runtime.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "homing"
WIDTH = 80  # of help texts
NOTE = "<!-- Made by docs/generate.py from {source}: change it there. -->\n"

# (struct, field) -> meaning; the comment of the line in settings.py, if any, follows it.
MEANINGS: dict[tuple[str, str], str] = {
    ("HttpSettings", "listen"): "where the SMS API listens, `host:port`; `[::1]:8080` for IPv6",
    ("HttpSettings", "tls_cert"): "PEM file with the certificate chain; makes the listener https",
    ("HttpSettings", "tls_key"): "PEM file with the certificate's private key",
    ("HttpSettings", "signature_tolerance_s"): (
        "so far may the `timestamp` of a signed request lie from the time here"
    ),
    ("MetricsSettings", "listen"): "where Prometheus asks, `host:port`",
    ("StoreSettings", "url"): "the store's file: `sqlite:` and a path beside this file",
    ("CarrierSettings", "address"): "the carrier's SMSC, `host:port`",
    ("CarrierSettings", "system_id"): "the name under which we bind",
    ("CarrierSettings", "password"): "the bind password; give this or `password_file`",
    ("CarrierSettings", "password_file"): "a file whose first line is the bind password",
    ("CarrierSettings", "system_type"): "sent with each bind; most carriers want it empty",
    ("CarrierSettings", "kind"): "one connection for both directions, or a pair of them",
    ("CarrierSettings", "binds"): "how many binds are held open",
    ("CarrierSettings", "window"): "`submit_sm` that may wait for an answer, on each bind",
    ("CarrierSettings", "rate_per_s"): "parts a second to this carrier, over all its binds",
    ("CarrierSettings", "on_unknown"): "what becomes of a part whose `submit_sm` got no answer",
    ("CarrierSettings", "response_timeout_s"): "how long to wait for `submit_sm_resp`",
    ("CarrierSettings", "enquire_link_s"): "a silent link is asked whether it lives after so long",
    ("CarrierSettings", "dlt_tlvs"): "tags of the TLVs for India's DLT; `{}` takes the common ones",
    ("CarrierSettings", "tls"): "speak TLS to the carrier",
    ("CarrierSettings", "tls_ca"): "PEM file: trust these authorities instead of the system's",
    ("CarrierSettings", "tls_verify"): "check the carrier's certificate and its host name",
    ("RouteSettings", "carriers"): "names of carriers: failover in this order, without `weights`",
    ("RouteSettings", "prefix"): "leading digits of the recipient; the longest prefix decides",
    ("RouteSettings", "weights"): "one for each carrier: they share the load by these numbers",
    ("RetentionSettings", "texts_days"): "texts, also inside of PDUs and raw receipts",
    ("RetentionSettings", "receipts_days"): (
        "raw receipts and refused submits; what a state rests on stays, emptied"
    ),
    ("RetentionSettings", "messages_days"): "messages, with their parts and attempts",
    ("RetentionSettings", "evidence_days"): (
        "counts by the hour: what became of parts, and what their receipts were worth"
    ),
    ("LimitSettings", "open_parts_in_memory"): "parts whose receipts are matched without the disk",
    ("LimitSettings", "carrier_queue"): "parts that wait in memory for one carrier",
    ("LimitSettings", "endpoint_queue"): "notifications that wait in memory for one endpoint",
    ("LimitSettings", "store_queue"): "changes not yet on the disk; beyond it submits get status 1",
}
AT_START = "at the next start"
AT_RELOAD = "on reload"
# Tables, or single settings, in the order of the page: what `homing reload` does with each.
WHEN: dict[str, str] = {
    "http": AT_START,
    "metrics": AT_START,
    "store": AT_START,
    "webhooks": AT_RELOAD,
    "webhooks.ca_file": AT_START,
    "carriers": "on reload; the binds of a changed carrier are made anew",
    "routes": AT_RELOAD,
    "retention": AT_RELOAD,
    "pricing": AT_RELOAD,
    "countries": AT_RELOAD,
    "limits": AT_RELOAD,
    "limits.store_queue": AT_START,
}
PATTERNS = {r"^\d{0,15}$": "at most 15 digits"}
EXTRA_TYPES = {"authentication": "the key or the secret is wrong: no retry helps",
               "invalid_request": "the request is wrong: change it",
               "not_found": "the account that asked has no such thing",
               "unavailable": "nothing is wrong with the request: send it again soon",
               "server": "a fault of Homing: the log has a line about it"}  # fmt: skip


# --- settings


def settings_page() -> str:
    lines = [
        "# Settings",
        "",
        NOTE.format(source="src/homing/runtime/settings.py"),
        "Everything that `homing.toml` may hold. The file is checked as a whole: a fault is told"
        " with its line and key, and then nothing changes. Paths are relative to the file."
        " Accounts, secrets and webhook URLs are not here: see `homing accounts --help`.",
        "",
        "`homing reload` (or SIGHUP) reads the file again. Each table says what it takes at once.",
    ]
    for name, kind in get_type_hints(Settings, include_extras=True).items():
        struct, heading = _table_of(name, kind)
        lines += ["", f"## {heading}", "", f"Takes effect {WHEN[name]}.", ""]
        lines += [
            "| Name | Type | Default | Bounds | Meaning |",
            "|---|---|---|---|---|",
            *_settings_rows(name, struct),
        ]
    _refuse_idle_meanings()
    return "\n".join(lines) + "\n"


def _table_of(name: str, kind: Any) -> tuple[type[Struct], str]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is dict:
        return arguments[1], f"`[{name}.NAME]`"
    if origin is list:
        return arguments[0], f"`[[{name}]]`"
    return kind, f"`[{name}]`"


def _settings_rows(table: str, struct: type[Struct]) -> Iterator[str]:
    comments = _comments(Path(settings.__file__), struct.__name__)
    hints = get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        name, bounds = _type_words(hints[field.name])
        words = (MEANINGS.get((struct.__name__, field.name)), comments.get(field.name))
        meaning = "; ".join(filter(None, (*words, _choices(hints[field.name]))))
        if not meaning:
            raise SystemExit(f"{struct.__name__}.{field.name} has no meaning")
        if table == "carriers" and field.name in _binds_kept():
            meaning += "; changes without a new bind"
        if (when := WHEN.get(f"{table}.{field.name}")) is not None:
            meaning += f"; takes effect {when}"
        default = "required" if field.required else _value(_default(field))
        yield f"| `{field.name}` | {name} | {default} | {bounds} | {meaning} |"


def _choices(kind: Any) -> str:
    """What each word of an enumeration means, as far as its line says."""
    if not (isinstance(kind, type) and issubclass(kind, Enum)):
        return ""
    comments = _comments(Path(settings.__file__), kind.__name__)
    found = [(one.value, comments[one.name]) for one in kind if one.name in comments]
    return "; ".join(f"`{word}`: {meaning}" for word, meaning in found)


def _binds_kept() -> set[str]:
    """What a carrier takes over without a new bind: the set named `free` in Carrier.apply."""
    for node in ast.walk(ast.parse((SOURCE / "runtime" / "carrier.py").read_text("utf-8"))):
        if isinstance(node, ast.Assign) and _assigned(node) == "free":
            found: set[str] = ast.literal_eval(node.value)
            return found
    raise SystemExit("Carrier.apply has no set named `free` any more")


def _refuse_idle_meanings() -> None:
    for struct_name, field_name in MEANINGS:
        struct = getattr(settings, struct_name, None)
        if struct is None or field_name not in struct.__struct_fields__:
            raise SystemExit(f"MEANINGS has {struct_name}.{field_name}, which is no setting")


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return field.default_factory()


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{msgspec.json.encode(value).decode()}`"


def _type_words(kind: Any) -> tuple[str, str]:
    """A type and its bounds, for people."""
    bounds: list[str] = []
    return _name_of(kind, bounds), "; ".join(bounds)


def _name_of(kind: Any, bounds: list[str]) -> str:
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *metas = get_args(kind)
        bounds += [words for meta in metas for words in _bounds(meta)]
        return _name_of(inner, bounds)
    if origin in (Union, UnionType):
        return _name_of(next(one for one in get_args(kind) if one is not type(None)), bounds)
    if origin is Literal:
        bounds += [" or ".join(f"`{one}`" for one in get_args(kind))]
        return _name_of(type(get_args(kind)[0]), bounds)
    if origin is list:
        return f"list of {_name_of(get_args(kind)[0], bounds)}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        bounds += [" or ".join(f"`{one.value}`" for one in kind)]
        return "text"
    if isinstance(kind, type) and issubclass(kind, Struct):
        hints = get_type_hints(kind, include_extras=True)
        for field in msgspec.structs.fields(kind):
            _, words = _type_words(hints[field.name])
            bounds.append(f"`{field.name}` {words}, default {_value(_default(field))}")
        return "table"
    return {str: "text", int: "integer", float: "number", bool: "true or false"}[kind]


def _bounds(meta: Meta) -> Iterator[str]:
    if meta.ge is not None and meta.le is not None:
        yield f"{meta.ge} to {meta.le}"
    elif meta.ge is not None:
        yield f"{meta.ge} or more"
    if meta.gt is not None:
        yield f"above {meta.gt}" + (f", at most {meta.le}" if meta.le is not None else "")
    if meta.max_length is not None:
        yield f"at most {meta.max_length} characters"
    if meta.min_length is not None:
        yield f"{meta.min_length} or more"
    if meta.pattern is not None:
        yield PATTERNS[meta.pattern]


def _comments(file: Path, class_name: str) -> dict[str, str]:
    """Field -> the comment at the end of its line, for one class."""
    text = file.read_text(encoding="utf-8")
    by_line = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            return {
                name: by_line[line.end_lineno]
                for line in node.body
                if (name := _assigned(line)) and line.end_lineno in by_line
            }
    raise SystemExit(f"{file} has no class {class_name}")


def _assigned(line: ast.stmt) -> str:
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
        return line.target.id
    if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
        return line.targets[0].id
    return ""


# --- metrics


def metrics_page() -> str:
    lines = [
        "# Metrics",
        "",
        NOTE.format(source="src/homing/runtime/telemetry.py"),
        "Prometheus reads them at `/metrics` on the listener of `[metrics]`, by default"
        " `127.0.0.1:9464`. Counters begin at 0 with each start. A counter appears when it has"
        " counted something: in an alert, read a missing one as 0.",
        "",
        "What to alert on: [run it](../guides/run-it.md#watch-it).",
    ]
    for heading, suffix, table in (
        ("Counters", "_total", telemetry.COUNTERS),
        ("Gauges", "", telemetry.GAUGES),
    ):
        lines += ["", f"## {heading}", "", "| Name | What | Labels |", "|---|---|---|"]
        for name, (text, labels) in table.items():
            shown = ", ".join(f"`{label}`" for label in labels)
            lines.append(f"| `homing_{name}{suffix}` | {text} | {shown} |")
    return "\n".join(lines) + "\n"


# --- errors of our own API


def errors_page() -> str:
    lines = [
        "# Errors of our own API",
        "",
        NOTE.format(source="src/homing/api/errors.py"),
        "Every refusal under `/homing/v1`, and every HTTP fault on any path, has one body:"
        " `type`, `code`, `message`, `param`, `doc_url`, `request_id`. Decide by `code`;"
        " `message` is for people and may change; `param` names the field at fault, or is null."
        " A refused SMS is told in another form: see [the status table](sms-status.md).",
        "",
        "| Type | Means |",
        "|---|---|",
    ]
    types = dict.fromkeys(code.value.type for code in Code)
    lines += [f"| `{name}` | {EXTRA_TYPES[name]} |" for name in types]
    for code in Code:
        row = code.value
        name = code.name.lower()
        lines += [
            "",
            f"## {name}",
            "",
            f"HTTP {row.http_status}, type `{row.type}`: {row.message}.",
        ]
    assert errors.DOC_URL.endswith("docs/reference/errors.md#"), "the anchors above are named there"
    return "\n".join(lines) + "\n"


# --- statuses of the SMS API


def status_page() -> str:
    comments = _comments(Path(status.__file__), "Status")
    used = _statuses_in_use()
    lines = [
        "# Statuses of the SMS API",
        "",
        NOTE.format(source="src/homing/core/submit/status.py"),
        "`status` of each entry of `messages` in the answer to `/sms/json` and `/sms/xml`. The"
        " HTTP status is 200 for all of them. 0 is accepted; with any other nothing was stored,"
        " sent or charged. Decide by the number. The `error-text` may say more than the text"
        " below: it names the parameter and the rule.",
        "",
        'This is the whole table that clients of this API know. Those with "yes" are answered by'
        " this version of Homing.",
        "",
        "| Status | Answered | Meaning | `error-text` |",
        "|--:|---|---|---|",
    ]
    for one in Status:
        text = ERROR_TEXT[one]
        meaning = comments.get(one.name) or text.rstrip(".").lower()
        answered = "yes" if one.name in used else ""
        lines.append(f"| {one.value} | {answered} | {meaning} | {text} |")
    return "\n".join(lines) + "\n"


def _statuses_in_use() -> set[str]:
    """Names of Status that the code outside of the table speaks of; OK is what is not refused."""
    found = {"OK"}
    for file in SOURCE.rglob("*.py"):
        if file == Path(status.__file__):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "Status"
                and node.attr in Status.__members__
            ):
                found.add(node.attr)
    return found


# --- commands


def commands_page() -> str:
    lines = [
        "# Commands",
        "",
        NOTE.format(source="the commands' own --help"),
        "Exit statuses of all commands: 0 done; 1 the answer is no; 2 it could not be asked (usage,"
        " settings, a busy port, no gateway there); 3 no final receipt in time; 70 a fault of"
        " Homing itself. `--json` output is for programs and does not change without notice.",
    ]
    for name, text in _help_texts(homing, "homing", None):
        lines += ["", f"## {name}", "", "```text", text, "```"]
    return "\n".join(lines) + "\n"


def _help_texts(
    command: click.Command, name: str, parent: click.Context | None
) -> Iterator[tuple[str, str]]:
    context = click.Context(
        command,
        info_name=name.rpartition(" ")[2],
        parent=parent,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        **command.context_settings,
    )
    command._help_option = None  # click keeps the one of the first context, whatever that was
    yield name, command.get_help(context).rstrip()
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            assert found is not None
            yield from _help_texts(found, f"{name} {sub}", context)


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "metrics.md": metrics_page,
    "errors.md": errors_page,
    "sms-status.md": status_page,
    "commands.md": commands_page,
}


def stale(folder: Path) -> list[str]:
    """The pages that differ from what the code says now."""
    found = []
    for name, make in PAGES.items():
        page = folder / name
        if not page.exists() or page.read_text(encoding="utf-8") != make():
            found.append(name)
    return found


def main(arguments: list[str]) -> int:
    folder = ROOT / "docs" / "reference"
    if arguments == ["--check"]:
        for name in (old := stale(folder)):
            print(f"docs/reference/{name} is stale: run `python docs/generate.py`", file=sys.stderr)
        return 1 if old else 0
    if arguments:
        print("usage: python docs/generate.py [--check]", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (folder / name).write_text(make(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
