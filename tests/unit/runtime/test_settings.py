"""A wrong `homing.toml` is refused with one sentence that names file, line and key."""

from pathlib import Path

import pytest

from homing.runtime.settings import (
    CarrierSettings,
    Settings,
    SettingsProblem,
    StoreSettings,
    check_settings,
    password_of,
    read_settings,
    split_address,
)

CARRIER = '[carriers.north]\naddress = "h:2775"\nsystem_id = "acme"\npassword = "pw"\n'
PROBLEMS = {
    "not TOML": ("[http\n", 1, "", "is not TOML"),
    "unknown table": ("[htp]\n", 1, "htp", "no such setting"),
    "unknown key": ('[http]\n\nlissten = "x"\n', 3, "http.lissten", "no such setting"),
    "unknown key of a carrier": (CARRIER + "wndow = 1\n", 5, "carriers.north.wndow", "no such"),
    "wrong type": ("[http]\nlisten = 80\n", 2, "http.listen", "expected `str`"),
    "below its bound": (CARRIER + "window = 0\n", 5, "carriers.north.window", ">= 1"),
    "above its bound": (CARRIER + "binds = 65\n", 5, "carriers.north.binds", "<= 64"),
    "missing key": ('[carriers.x]\nsystem_id = "a"\n', 1, "carriers.x.address", "is missing"),
    "second carrier": (
        CARRIER + '[carriers.south]\naddress = "h:1"\nsystem_id = 5\n',
        7,
        "carriers.south.system_id",
        "expected `str`",
    ),
    "system_id too long for SMPP": (
        '[carriers.x]\naddress = "h:1"\nsystem_id = "aaaaaaaaaaaaaaaa"\n',
        3,
        "carriers.x.system_id",
        "length <= 15",
    ),
    "name of a carrier": (
        '[carriers."a b"]\naddress = "h:1"\n', 1, "carriers.a b", "1 to 32 letters"
    ),
    "address of a carrier": (
        CARRIER.replace("h:2775", "h"), 2, "carriers.north.address", "'h' is not host:port"
    ),
    "no password": (
        '[carriers.x]\naddress = "h:1"\nsystem_id = "a"\n', 1, "carriers.x.password", "either"
    ),
    "two passwords": (
        CARRIER + 'password_file = "f"\n', 4, "carriers.north.password", "either"
    ),
    "word of an enum": (
        CARRIER + 'on_unknown = "drop"\n', 5, "carriers.north.on_unknown", "invalid enum"
    ),
    "listener": ('[http]\nlisten = "8080"\n', 2, "http.listen", "'8080' is not host:port"),
    "half of TLS": ('[http]\ntls_cert = "c.pem"\n', 2, "http.tls_cert", "go together"),
    "another store": ('[store]\nurl = "mysql://x"\n', 2, "store.url", "must be sqlite:"),
    "network": ('[webhooks]\nallow = ["10.0.0.1/8"]\n', 2, "webhooks.allow", "no network"),
    "route to nobody": (
        CARRIER + '[[routes]]\ncarriers = ["north"]\n[[routes]]\ncarriers = ["x"]\n',
        8,
        "routes[1].carriers",
        "no carrier is named 'x'",
    ),
    "weights of a route": (
        CARRIER + '[[routes]]\ncarriers = ["north"]\nweights = [1, 2]\n',
        7,
        "routes[0].weights",
        "one weight for each carrier",
    ),
    "prefix of a route": (
        CARRIER + '[[routes]]\nprefix = "+44"\ncarriers = ["north"]\n',
        6,
        "routes[0].prefix",
        "matching regex",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "key", "reason"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_names_file_line_key_and_rule(
    tmp_path: Path, text: str, line: int, key: str, reason: str
) -> None:
    path = tmp_path / "homing.toml"
    path.write_text(text)
    with pytest.raises(SettingsProblem) as caught:
        read_settings(path)
    problem = caught.value
    assert reason in problem.reason
    assert problem.file == str(path)
    if line:
        assert (problem.line, problem.key) == (line, key)
        assert f"{path}, line {line}: {key}" in str(problem)


@pytest.mark.parametrize("octets", [None, b"\xff\xfe"], ids=["absent", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_a_problem_and_no_traceback(
    tmp_path: Path, octets: bytes | None
) -> None:
    path = tmp_path / "homing.toml"
    if octets is not None:
        path.write_bytes(octets)
    with pytest.raises(SettingsProblem, match="cannot be read"):
        read_settings(path)


def test_a_problem_never_shows_a_password(tmp_path: Path) -> None:
    path = tmp_path / "homing.toml"
    path.write_text(CARRIER.replace('"pw"', '"muchtoolongsecret"'))
    with pytest.raises(SettingsProblem) as caught:
        read_settings(path)
    assert "muchtoolong" not in str(caught.value)


def test_paths_in_the_file_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "north.pw").write_text("secret\nrest")
    path = tmp_path / "homing.toml"
    path.write_text(
        CARRIER.replace('password = "pw"', 'password_file = "north.pw"')
        + '[store]\nurl = "sqlite:data/homing.db"\n[http]\ntls_cert = "c"\ntls_key = "/k"\n'
    )
    settings = read_settings(path)
    assert settings.store_path == tmp_path / "data" / "homing.db"
    assert settings.key_path == tmp_path / "data" / "homing.db.key"
    assert (settings.http.tls_cert, settings.http.tls_key) == (str(tmp_path / "c"), "/k")
    assert password_of(settings.carriers["north"]) == "secret"


def test_an_empty_file_is_a_gateway_with_defaults(tmp_path: Path) -> None:
    path = tmp_path / "homing.toml"
    path.write_text("")
    assert read_settings(path).http.listen == "127.0.0.1:8080"


def test_settings_made_in_code_pass_the_same_checks() -> None:
    bad = Settings(carriers={"x": CarrierSettings(address="nowhere", system_id="a", password="p")})
    with pytest.raises(SettingsProblem, match=r"settings: carriers\.x\.address"):
        check_settings(bad)


def test_a_socket_path_too_long_for_the_system_is_moved_to_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120) / "homing.db"
    socket = Settings(store=StoreSettings(url=f"sqlite://{deep}")).socket_path
    assert len(str(socket)) < 100
    other = Settings(store=StoreSettings(url=f"sqlite://{deep}2")).socket_path
    assert other != socket


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("h:1", ("h", 1)),
        ("[::1]:80", ("::1", 80)),
        ("h:65536", None),
        ("::1:80", None),
        ("h", None),
        ("h:", None),
        (":80", None),
    ],
)
def test_an_address_is_host_and_port(text: str, address: tuple[str, int] | None) -> None:
    assert split_address(text) == address
