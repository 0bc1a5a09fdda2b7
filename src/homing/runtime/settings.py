"""Every setting of `homing.toml`: its name, default, bounds. Read as a whole, checked as a whole.

Accounts, secrets and webhook URLs are not here: they live in the store.
"""

import ipaddress
import os
import re
import tempfile
import tomllib
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from homing.core.model import limits
from homing.core.receipts.dialects import DIALECTS
from homing.core.routing.rules import Route, RouteTable
from homing.core.webhooks.signing import TOLERANCE_S

NAME_PATTERN = r"^[A-Za-z0-9_-]{1,32}$"
Name = Annotated[str, Meta(pattern=NAME_PATTERN)]
AF_UNIX_PATH_MAX = 100  # 108 octets with the NUL on Linux; a margin for a suffix


class SettingsProblem(Exception):
    """One sentence for people: which file, line and key, and what is wrong."""

    def __init__(self, file: str, line: int, key: str, reason: str) -> None:
        self.file, self.line, self.key, self.reason = file, line, key, reason
        where = f"{file}, line {line}" if line else file
        super().__init__(f"{where}: {key}: {reason}" if key else f"{where}: {reason}")


class OnUnknown(StrEnum):
    RESEND = "resend"  # submit again what no answer came for: perhaps twice
    HOLD = "hold"  # never twice: wait for a receipt or the deadline


class BindChoice(StrEnum):
    TRANSCEIVER = "transceiver"
    TRANSMITTER_AND_RECEIVER = "transmitter_and_receiver"  # each bind is a pair of links


class HttpSettings(Struct, forbid_unknown_fields=True):
    listen: str = "127.0.0.1:8080"
    tls_cert: str | None = None
    tls_key: str | None = None
    signature_tolerance_s: Annotated[int, Meta(ge=1, le=3600)] = TOLERANCE_S  # either way


class MetricsSettings(Struct, forbid_unknown_fields=True):
    listen: str = "127.0.0.1:9464"  # empty: no metrics listener


class StoreSettings(Struct, forbid_unknown_fields=True):
    url: str = "sqlite:homing.db"  # or sqlite:///var/lib/homing/homing.db


class WebhookSettings(Struct, forbid_unknown_fields=True):
    allow: list[str] = []  # networks that a webhook may reach though the guard would refuse them
    ca_file: str | None = None  # trust these authorities instead of the system's
    check_new_urls: bool = True  # /account/settings asks a new URL before it saves it


class PricingSettings(Struct, forbid_unknown_fields=True):
    file: str | None = None  # CSV of prices by country and network, over the shipped one


class CountrySettings(Struct, forbid_unknown_fields=True):
    file: str | None = None  # CSV of what countries' networks do, over the shipped rows


class DltTlvs(Struct, forbid_unknown_fields=True):
    """Under which tags a carrier takes the ids of India's DLT; these are the common ones."""

    entity_id: Annotated[int, Meta(ge=1, le=0xFFFF)] = 0x1400
    content_id: Annotated[int, Meta(ge=1, le=0xFFFF)] = 0x1401


class CarrierSettings(Struct, forbid_unknown_fields=True):
    address: str
    system_id: Annotated[str, Meta(max_length=15)]
    password: Annotated[str, Meta(max_length=8)] | None = None
    password_file: str | None = None
    system_type: Annotated[str, Meta(max_length=12)] = ""
    kind: BindChoice = BindChoice.TRANSCEIVER
    binds: Annotated[int, Meta(ge=1, le=64)] = 1
    window: Annotated[int, Meta(ge=1, le=10_000)] = limits.WINDOW_DEFAULT
    rate_per_s: Annotated[float, Meta(gt=0)] | None = None
    on_unknown: OnUnknown = OnUnknown.RESEND
    response_timeout_s: Annotated[float, Meta(gt=0, le=600)] = 30.0
    enquire_link_s: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    concat_reference_bits: Literal[8, 16] = 8  # of the UDH that joins parts; 16: repeats later
    dialect: str = "plain"  # how its receipts differ: a row of core.receipts.dialects
    dlt_tlvs: DltTlvs | None = None  # none: `entity-id` and `content-id` are not sent on
    handset_speed: Annotated[float, Meta(gt=0)] = 1.0  # simulated handsets: so many times faster
    tls: bool = False
    tls_ca: str | None = None
    tls_verify: bool = True


class RouteSettings(Struct, forbid_unknown_fields=True):
    carriers: Annotated[list[str], Meta(min_length=1)]
    prefix: Annotated[str, Meta(pattern=r"^\d{0,15}$")] = ""
    weights: list[Annotated[int, Meta(ge=0)]] | None = None


class RetentionSettings(Struct, forbid_unknown_fields=True):
    texts_days: Annotated[int, Meta(ge=1)] = 30
    receipts_days: Annotated[int, Meta(ge=1)] = 90
    messages_days: Annotated[int, Meta(ge=1)] = 395
    evidence_days: Annotated[int, Meta(ge=1)] = 790


class LimitSettings(Struct, forbid_unknown_fields=True):
    open_parts_in_memory: Annotated[int, Meta(ge=2)] = 2 * limits.OPEN_PARTS_GENERATION
    carrier_queue: Annotated[int, Meta(ge=1)] = limits.CARRIER_QUEUE_MAX
    endpoint_queue: Annotated[int, Meta(ge=1)] = limits.ENDPOINT_QUEUE_MAX
    store_queue: Annotated[int, Meta(ge=1)] = limits.STORE_QUEUE_MAX


class Settings(Struct, forbid_unknown_fields=True):
    """`homing.toml`, whole."""

    http: HttpSettings = field(default_factory=HttpSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    pricing: PricingSettings = field(default_factory=PricingSettings)
    countries: CountrySettings = field(default_factory=CountrySettings)
    carriers: dict[Name, CarrierSettings] = {}
    routes: list[RouteSettings] = []
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)

    @property
    def store_path(self) -> Path:
        """`sqlite:///a/b` is /a/b; `sqlite:b` is relative to the settings file."""
        path = self.store.url.removeprefix("sqlite:")
        return Path("/" + path.lstrip("/") if path.startswith("///") else path)

    @property
    def key_path(self) -> Path:
        """The key under which API secrets are kept: beside the store, never in it."""
        return self.store_path.with_name(self.store_path.name + ".key")

    @property
    def socket_path(self) -> Path:
        """Where commands reach the running gateway: beside the store, or where paths are short."""
        beside = self.store_path.resolve()
        beside = beside.with_name(beside.name + ".sock")
        if len(os.fsencode(beside)) <= AF_UNIX_PATH_MAX:
            return beside
        short = blake2b(os.fsencode(beside), digest_size=8).hexdigest()
        name = f"homing-{os.getuid()}-{short}/control.sock"
        folders = (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir())
        for folder in folders:
            if folder and len(os.fsencode(folder)) + 1 + len(name) <= AF_UNIX_PATH_MAX:
                return Path(folder) / name
        return Path("/tmp") / name

    @property
    def route_table(self) -> RouteTable:
        return RouteTable(
            [
                Route(
                    prefix=route.prefix,
                    carriers=tuple(route.carriers),
                    weights=None if route.weights is None else tuple(route.weights),
                )
                for route in self.routes
            ]
        )


def read_settings(path: Path) -> Settings:
    """Read and check `homing.toml`. Raises SettingsProblem, which names file, line and key."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "is not UTF-8"
        raise SettingsProblem(str(path), 0, "", f"cannot be read: {reason}") from fault
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        found = re.search(r"line (\d+)", str(fault))
        line = int(found.group(1)) if found else len(text.splitlines())
        raise SettingsProblem(str(path), line, "", f"is not TOML: {fault}") from fault
    try:
        settings = msgspec.convert(tree, Settings)
    except msgspec.ValidationError as fault:
        key, reason = _place(str(fault), tree)
        raise SettingsProblem(str(path), _line_of(text, key), key, reason) from fault
    for key, reason in _contradictions(settings):
        raise SettingsProblem(str(path), _line_of(text, key), key, reason)
    _relative_to(path.parent, settings)
    return settings


def check_settings(settings: Settings, origin: str = "settings") -> Settings:
    """The same checks for settings made in code."""
    for key, reason in _contradictions(settings):
        raise SettingsProblem(origin, 0, key, reason)
    return settings


def split_address(text: str) -> tuple[str, int] | None:
    """`host:port` -> (host, port); `[::1]:80` too; None when it is neither."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/\[\]]+)):(\d{1,5})", text)
    if found is None or int(found.group(3)) > 65_535:
        return None
    return found.group(1) or found.group(2), int(found.group(3))


def password_of(carrier: CarrierSettings) -> str:
    """The bind password, from its setting or its file (first line)."""
    if carrier.password_file is not None:
        return Path(carrier.password_file).read_text(encoding="utf-8").split("\n", 1)[0]
    return carrier.password or ""


def _contradictions(settings: Settings) -> list[tuple[str, str]]:
    """What no single value shows: (key, reason) each."""
    found: list[tuple[str, str]] = []
    listeners = {"http.listen": settings.http.listen, "metrics.listen": settings.metrics.listen}
    for key, address in listeners.items():
        if not (key == "metrics.listen" and not address) and split_address(address) is None:
            found.append((key, f"{address!r} is not host:port"))
    if (settings.http.tls_cert is None) != (settings.http.tls_key is None):
        found.append(("http.tls_cert", "tls_cert and tls_key go together"))
    if not re.match(r"sqlite:(///+)?[^/]", settings.store.url):
        found.append(("store.url", "must be sqlite:///PATH, or sqlite:PATH beside this file"))
    for network in settings.webhooks.allow:
        try:
            ipaddress.ip_network(network)
        except ValueError as fault:
            found.append(("webhooks.allow", f"{network!r} is no network: {fault}"))
    for name, carrier in settings.carriers.items():
        found += _carrier_contradictions(f"carriers.{name}", carrier)
    for number, route in enumerate(settings.routes):
        for name in route.carriers:
            if name not in settings.carriers:
                found.append((f"routes[{number}].carriers", f"no carrier is named {name!r}"))
        if route.weights is not None and len(route.weights) != len(route.carriers):
            found.append((f"routes[{number}].weights", "needs one weight for each carrier"))
    return found


def _carrier_contradictions(key: str, carrier: CarrierSettings) -> list[tuple[str, str]]:
    found = []
    if split_address(carrier.address) is None:
        found.append((f"{key}.address", f"{carrier.address!r} is not host:port"))
    tags = carrier.dlt_tlvs
    if tags is not None and tags.entity_id == tags.content_id:
        found.append((f"{key}.dlt_tlvs", "entity_id and content_id need different tags"))
    if (carrier.password is None) == (carrier.password_file is None):
        found.append((f"{key}.password", "give either password or password_file"))
    if carrier.dialect not in DIALECTS:
        found.append((f"{key}.dialect", f"{carrier.dialect!r} is none of {', '.join(DIALECTS)}"))
    return found


def _relative_to(folder: Path, settings: Settings) -> None:
    """Paths in the file are relative to the file."""
    settings.store.url = "sqlite://" + str(_path(folder, settings.store_path))
    for holder, names in (
        (settings.http, ("tls_cert", "tls_key")),
        (settings.webhooks, ("ca_file",)),
        (settings.pricing, ("file",)),
        (settings.countries, ("file",)),
        *((carrier, ("password_file", "tls_ca")) for carrier in settings.carriers.values()),
    ):
        for name in names:
            value = getattr(holder, name)
            if value is not None:
                setattr(holder, name, str(_path(folder, Path(value))))


def _path(folder: Path, path: Path) -> Path:
    return path if path.is_absolute() else (folder / path).resolve()


def _place(message: str, tree: dict[str, Any]) -> tuple[str, str]:
    """msgspec says `reason - at `$.carriers[...].window``: the key as an operator writes it."""
    reason, _, place = message.partition(" - at `")
    if place.startswith("key`"):  # of the only table whose keys are free
        bad = [name for name in tree["carriers"] if re.search(NAME_PATTERN, name) is None]
        return f"carriers.{bad[0]}", "a carrier's name is 1 to 32 letters, digits, _ or -"
    key = place.rstrip("`").removeprefix("$").lstrip(".")
    unknown = re.search(r"unknown field `([^`]+)`", reason)
    if unknown:
        key = f"{key}.{unknown.group(1)}" if key else unknown.group(1)
        reason = "no such setting"
    missing = re.search(r"missing required field `([^`]+)`", reason)
    if missing:
        key = f"{key}.{missing.group(1)}" if key else missing.group(1)
        reason = "is missing"
    return _name_carrier(key, tree), reason[:1].lower() + reason[1:]


def _name_carrier(key: str, tree: dict[str, Any]) -> str:
    """msgspec writes `carriers[...]` for any key of a dict: name the one that is meant."""
    if "[...]" not in key:
        return key
    rest = key.split("[...]", 1)[1].lstrip(".")
    for name, value in tree.get("carriers", {}).items():
        try:
            msgspec.convert({name: value}, dict[Name, CarrierSettings])
        except msgspec.ValidationError:
            return f"carriers.{name}.{rest}" if rest else f"carriers.{name}"
    return key


def _line_of(text: str, key: str) -> int:
    """The line where `key` stands, else that of its table, else 0."""
    if not key:
        return 0
    table, _, last = key.rpartition(".")
    number = 0
    indexed = re.fullmatch(r"(\w+)\[(\d+)\]", table)
    header = (
        rf"\s*\[\[\s*{indexed.group(1)}\s*\]\]" if indexed else rf"\s*\[\s*{re.escape(table)}\s*\]"
    )
    above = re.escape(f"{table}.") if table else ""
    own_header = rf"\s*\[+\s*{above}\"?{re.escape(last)}\"?\s*[\].]"
    skip = int(indexed.group(2)) if indexed else 0
    inside = not table
    for at, line in enumerate(text.splitlines(), 1):
        if re.match(own_header, line):
            return at  # the key is a table
        if line.lstrip().startswith("["):
            inside = bool(re.match(header, line)) and skip == 0
            if re.match(header, line):
                skip -= 1
            if inside:
                number = at
        elif inside and re.match(rf"\s*\"?{re.escape(last)}\"?\s*=", line):
            return at
    return number
