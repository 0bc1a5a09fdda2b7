"""Which addresses a webhook may reach (promise 9).

Judges addresses, never names or spellings: `0x7f.1` and `2130706433` are judged by what they
resolve to. Whoever connects asks about every candidate and connects to the very address it asked
about. A class is refused unless the operator's `allow` names the address. Adding a class is a
row in a table, the most telling name first.

Sources: the special-purpose address registries of IANA (RFC 6890), RFC 4291, 6052, 3056, 4380,
5214, 8215; the metadata addresses from the documentation of the clouds.
"""

from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Network = IPv4Network | IPv6Network

REFUSED_V4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), name)
    for network, name in (
        ("169.254.169.254/32", "metadata"),
        ("169.254.170.2/32", "metadata"),  # credentials of containers
        ("100.100.100.200/32", "metadata"),
        ("192.0.0.192/32", "metadata"),
        ("168.63.129.16/32", "metadata"),  # a public address that only guests of one cloud reach
        ("0.0.0.0/32", "unspecified"),  # connecting to it reaches this machine
        ("255.255.255.255/32", "broadcast"),
        ("0.0.0.0/8", "this network"),
        ("127.0.0.0/8", "loopback"),
        ("10.0.0.0/8", "private"),
        ("172.16.0.0/12", "private"),
        ("192.168.0.0/16", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("169.254.0.0/16", "link-local"),
        ("192.0.2.0/24", "documentation"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("198.18.0.0/15", "benchmarking"),
        ("192.0.0.0/24", "reserved"),  # IETF protocol assignments
        ("192.88.99.0/24", "reserved"),  # 6to4 relays, withdrawn
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)

REFUSED_V6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("fd00:ec2::254/128", "metadata"),
        ("fd20:ce::254/128", "metadata"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("64:ff9b:1::/48", "local NAT64"),  # RFC 8215: leads wherever its operator says
        ("fc00::/7", "unique local"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
        ("100::/64", "discard"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("2001:2::/48", "benchmarking"),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")
TEREDO = IPv6Network("2001::/32")
PROTOCOL_ASSIGNMENTS = IPv6Network("2001::/23")  # Teredo lies within and is judged before
GLOBAL_UNICAST = IPv6Network("2000::/3")  # the only part of IPv6 that is given out


def refusal(ip: str, allow: Iterable[Network] = ()) -> str | None:
    """The class for which this address is refused; None when it may be connected to.

    Args:
        ip: a numeric address as the resolver gave it.
        allow: networks of the operator's; an IPv4 one also covers its IPv4-mapped form.

    Nothing raises: what is no address is refused as `not an address`, a zone id as `zone id`
    (it names an interface of this machine, which no receiver elsewhere can).
    """
    if "%" in ip:
        return "zone id"
    try:
        address = ip_address(ip)
    except ValueError:
        return "not an address"
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    for network in allow:
        if address in network or (mapped is not None and mapped in network):
            return None
    if isinstance(address, IPv4Address):
        return _class_v4(address)
    return _class_v6(address)


def is_allowed(ip: str, allow: Iterable[Network] = ()) -> bool:
    """Whether a webhook may connect to this address; `refusal` says why not."""
    return refusal(ip, allow) is None


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """The `allow` setting: networks or single addresses, host bits forgiven.

    Raises:
        ValueError: one of them is neither; its message names it.
    """
    return tuple(ip_network(text.strip(), strict=False) for text in texts)


def _class_v4(address: IPv4Address) -> str | None:
    return next((name for network, name in REFUSED_V4 if address in network), None)


def _class_v6(address: IPv6Address) -> str | None:
    for name, inner in _embedded(address):
        found = _class_v4(inner)
        if found is not None:
            return f"{name} {found}"
    if address.ipv4_mapped is not None or address in NAT64 or address in TEREDO:
        return None
    found = next((name for network, name in REFUSED_V6 if address in network), None)
    if found is None and (address not in GLOBAL_UNICAST or address in PROTOCOL_ASSIGNMENTS):
        return "reserved"
    return found


def _embedded(address: IPv6Address) -> list[tuple[str, IPv4Address]]:
    """IPv4 addresses that a router or the system may unwrap from this one, with the wrapping."""
    found: list[tuple[str, IPv4Address]] = []
    if address.ipv4_mapped is not None:
        found.append(("IPv4-mapped", address.ipv4_mapped))
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in NAT64:  # RFC 6052 2.2
        found.append(("NAT64", low))
    if address.sixtofour is not None:  # RFC 3056 2
        found.append(("6to4", address.sixtofour))
    if address.teredo is not None:  # RFC 4380 4: server and client
        found.extend(("Teredo", inner) for inner in address.teredo)
    if (int(address) >> 32) & 0xFCFFFFFF == 0x5EFE:  # RFC 5214 6.1, any prefix
        found.append(("ISATAP", low))
    return found
