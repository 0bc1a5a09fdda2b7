"""Which addresses a webhook may reach (promise 9)."""

import pytest

from homing.core.webhooks.guard import is_allowed, read_networks, refusal

REFUSED = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "this network"),
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.1.1", "private"),
    ("100.64.0.1", "carrier-grade NAT"),
    ("100.127.255.255", "carrier-grade NAT"),
    ("169.254.0.1", "link-local"),
    ("169.254.169.254", "metadata"),
    ("169.254.170.2", "metadata"),
    ("100.100.100.200", "metadata"),
    ("192.0.0.192", "metadata"),
    ("168.63.129.16", "metadata"),
    ("192.0.0.8", "reserved"),
    ("192.0.2.1", "documentation"),
    ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"),
    ("198.18.0.1", "benchmarking"),
    ("198.19.255.255", "benchmarking"),
    ("192.88.99.1", "reserved"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::127.0.0.1", "IPv4-compatible"),
    ("::8.8.8.8", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "IPv4-mapped loopback"),
    ("::ffff:a9fe:a9fe", "IPv4-mapped metadata"),
    ("::ffff:10.0.0.1", "IPv4-mapped private"),
    ("::ffff:0:127.0.0.1", "IPv4-translated"),
    ("64:ff9b::127.0.0.1", "NAT64 loopback"),
    ("64:ff9b::a9fe:a9fe", "NAT64 metadata"),
    ("64:ff9b:1::8.8.8.8", "local NAT64"),
    ("2002:7f00:1::", "6to4 loopback"),
    ("2002:a00:1::1", "6to4 private"),
    ("2001:0:7f00:1::", "Teredo loopback"),  # the server
    ("2001:0:808:808:0:0:80ff:fffe", "Teredo loopback"),  # the client, inverted
    ("2600::5efe:10.0.0.1", "ISATAP private"),
    ("2600::200:5efe:127.0.0.1", "ISATAP loopback"),
    ("fc00::1", "unique local"),
    ("fd12:3456::1", "unique local"),
    ("fd00:ec2::254", "metadata"),
    ("fd20:ce::254", "metadata"),
    ("fe80::1", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("100::1", "discard"),
    ("2001:db8::1", "documentation"),
    ("3fff::1", "documentation"),
    ("2001:2::1", "benchmarking"),
    ("2001:10::1", "reserved"),
    ("2001:1::1", "reserved"),
    ("4000::1", "reserved"),
    ("5f00::1", "reserved"),
    ("fe80::1%eth0", "zone id"),
    ("2600::1%1", "zone id"),
    ("", "not an address"),
    ("example.com", "not an address"),
    ("0x7f.1", "not an address"),
    ("127.1", "not an address"),
    ("2130706433", "not an address"),
    ("017700000001", "not an address"),
    ("127.0.0.01", "not an address"),
]


@pytest.mark.parametrize(("ip", "name"), REFUSED)
def test_an_address_of_a_special_class_is_refused_by_its_name(ip: str, name: str) -> None:
    assert refusal(ip) == name
    assert not is_allowed(ip)


@pytest.mark.parametrize(
    "ip",
    [
        "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1",
        "126.255.255.255", "128.0.0.1", "169.253.0.1", "223.255.255.255", "198.17.0.1",
        "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
        "2600::5efe:8.8.8.8", "2001:200::1",
    ],
)  # fmt: skip
def test_a_public_address_may_be_reached(ip: str) -> None:
    assert refusal(ip) is None


@pytest.mark.parametrize(
    ("allow", "ip"),
    [
        ("127.0.0.0/8", "127.0.0.1"),
        ("127.0.0.0/8", "::ffff:127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("10.1.2.3/8", "10.9.9.9"),
        ("fd00::/8", "fd00::1"),
        ("::ffff:0:0/96", "::ffff:10.0.0.1"),
        ("64:ff9b::/96", "64:ff9b::10.0.0.1"),
    ],
)
def test_what_the_operator_allows_may_be_reached(allow: str, ip: str) -> None:
    assert not is_allowed(ip)
    assert is_allowed(ip, read_networks([allow]))


@pytest.mark.parametrize(
    "ip",
    ["127.0.0.1", "::1", "192.168.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::1", "::10.0.0.1",
     "fe80::1%eth0"],
)  # fmt: skip
def test_an_allowed_network_opens_no_other(ip: str) -> None:
    assert not is_allowed(ip, read_networks(["10.0.0.0/8", "fe80::/64"]))


def test_a_zone_id_is_refused_though_its_network_is_allowed() -> None:
    assert refusal("fe80::1%eth0", read_networks(["fe80::/10"])) == "zone id"


@pytest.mark.parametrize("text", ["localhost", "10.0.0.0/33", "0x7f.1", ""])
def test_an_allow_that_is_no_network_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="network"):
        read_networks([text])
