"""Reading a webhook's URL, and the key of its endpoint."""

import pytest

from homing.core.model.account import WebhookMethod
from homing.core.webhooks.endpoint import URL_CHARACTERS_MAX, Url, endpoint_key, read_url


def read(text: str) -> Url:
    url = read_url(text)
    assert isinstance(url, Url), url
    return url


@pytest.mark.parametrize(
    ("text", "host", "port", "target", "authority", "origin"),
    [
        ("http://a.example", "a.example", 80, "/", "a.example", "http://a.example:80"),
        ("https://a.example/x", "a.example", 443, "/x", "a.example", "https://a.example:443"),
        ("HTTP://A.Example:80/X", "a.example", 80, "/X", "a.example", "http://a.example:80"),
        ("https://a.example:80/", "a.example", 80, "/", "a.example:80", "https://a.example:80"),
        ("http://a.example:8080?id=1", "a.example", 8080, "/?id=1", "a.example:8080",
         "http://a.example:8080"),
        ("http://a.example:/x", "a.example", 80, "/x", "a.example", "http://a.example:80"),
        ("http://a.example./x", "a.example", 80, "/x", "a.example", "http://a.example:80"),
        ("http://[::1]:3000/x", "::1", 3000, "/x", "[::1]:3000", "http://[::1]:3000"),
        ("http://[2001:DB8::A]/", "2001:db8::a", 80, "/", "[2001:db8::a]",
         "http://[2001:db8::a]:80"),
        ("http://my_app:3000/x?y", "my_app", 3000, "/x?y", "my_app:3000", "http://my_app:3000"),
        ("http://a.example/x#part", "a.example", 80, "/x", "a.example", "http://a.example:80"),
        ("http://a.example#?x", "a.example", 80, "/", "a.example", "http://a.example:80"),
        ("http://a.example/x?to=/y?z@w", "a.example", 80, "/x?to=/y?z@w", "a.example",
         "http://a.example:80"),
        ("http://a.example/ü?n=é", "a.example", 80, "/%C3%BC?n=%C3%A9", "a.example",
         "http://a.example:80"),
        ("http://0x7f.1/", "0x7f.1", 80, "/", "0x7f.1", "http://0x7f.1:80"),
    ],
)  # fmt: skip
def test_a_url_is_read_into_what_a_request_needs(
    text: str, host: str, port: int, target: str, authority: str, origin: str
) -> None:
    url = read(text)
    assert (url.host, url.port, url.target) == (host, port, target)
    assert (url.authority, url.origin) == (authority, origin)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("http://a.example/x\r\nHost: b", "spaces, line breaks"),
        ("http://a.example/x\ny", "spaces, line breaks"),
        ("http://a.example/x\ry", "spaces, line breaks"),
        ("http://a.example/x\ty", "spaces, line breaks"),
        ("http://a.example/x y", "spaces, line breaks"),
        ("http://a.example/\x00", "spaces, line breaks"),
        ("http://a.example/\x7f", "spaces, line breaks"),
        ("http://a.example/\x85", "spaces, line breaks"),
        ("http://a.example/\u2028", "spaces, line breaks"),
        ("http://a.example/\ud800", "spaces, line breaks"),
        (" http://a.example/", "spaces, line breaks"),
        ("ftp://a.example/", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("gopher://a.example/", "http:// or https://"),
        ("a.example/x", "http:// or https://"),
        ("//a.example/x", "http:// or https://"),
        ("http:a.example", "http:// or https://"),
        ("", "http:// or https://"),
        ("http://", "name a host"),
        ("http:///x", "name a host"),
        ("http://:80/", "name a host"),
        ("http://user@a.example/", "user information"),
        ("http://user:secret@a.example/", "user information"),
        ("http://good.example\\@127.0.0.1/", "user information"),
        ("http://@a.example/", "user information"),
        ("http://a.example:0/", "port"),
        ("http://a.example:65536/", "port"),
        ("http://a.example:x/", "port"),
        ("http://a.example:-1/", "port"),
        ("http://a.example:000080/", "port"),
        ("http://a:b:80/", "host name"),
        ("http://a..example/", "host name"),
        ("http://.example/", "host name"),
        ("http://-a.example/", "host name"),
        ("http://a.example\\x/", "host name"),
        ("http://%61.example/", "host name"),
        ("http://[::1/", "host name"),
        ("http://[::1]x/", "host name"),
        ("http://[fe80::1%25eth0]/", "host name"),
        ("http://[v1.x]/", "host name"),
        ("http://::1/", "host name"),
        (f"http://{'a' * 64}.example/", "host name"),
        (f"http://{'a.' * 127}example/", "host name"),
        ("http://bücher.example/", "ASCII"),
        ("http://a。example/", "ASCII"),
        ("http://１27.0.0.1/", "ASCII"),
        (f"http://a.example/{'x' * URL_CHARACTERS_MAX}", "at most"),
    ],
)
def test_a_url_that_breaks_a_rule_is_refused_by_that_rule(text: str, rule: str) -> None:
    problem = read_url(text)
    assert isinstance(problem, str)
    assert rule in problem


def test_the_length_bound_is_the_callers() -> None:
    assert isinstance(read_url("http://a.example/" + "x" * 83, characters_max=100), Url)
    assert read_url("http://a.example/" + "x" * 84, characters_max=100) == (
        "must be at most 100 characters"
    )


def test_an_endpoint_is_account_origin_path_and_method_without_the_query() -> None:
    key = endpoint_key(1, read("http://a.example/x?id=1"), WebhookMethod.GET)
    assert 0 <= key < 1 << 63
    assert key == endpoint_key(1, read("http://A.example:80/x?id=2#y"), WebhookMethod.GET)
    others = {
        endpoint_key(2, read("http://a.example/x"), WebhookMethod.GET),
        endpoint_key(1, read("https://a.example/x"), WebhookMethod.GET),
        endpoint_key(1, read("http://a.example:81/x"), WebhookMethod.GET),
        endpoint_key(1, read("http://a.example/y"), WebhookMethod.GET),
        endpoint_key(1, read("http://a.example/x"), WebhookMethod.POST),
    }
    assert len(others) == 5
    assert key not in others


def test_an_endpoints_key_never_changes_for_it_is_stored() -> None:
    url = read("https://app.example/webhooks/dlr")
    assert endpoint_key(42, url, WebhookMethod.POST_JSON) == 5_440_752_606_103_543_784
