"""Routes: which carrier takes a part. The longest prefix decides alone.

A route without weights is an order of failover; with weights its carriers share the load, those
that are down or were tried left out. Shorter prefixes are no reserve for a longer one: an operator
who names a carrier for a country does not want its messages on another by surprise.
"""

from collections.abc import Callable, Collection, Sequence

from msgspec import Struct


class Route(Struct, frozen=True):
    """`prefix`: leading digits of the recipient, empty for everybody. `weights`: one for each
    carrier, 0 or more; None: failover in the order of `carriers`."""

    prefix: str
    carriers: tuple[str, ...]
    weights: tuple[int, ...] | None = None


class RouteTable:
    """Routes by prefix, for tables of thousands: a look-up for each length instead of a scan."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._by_prefix: dict[str, Route] = {}
        for route in routes:
            self._by_prefix.setdefault(route.prefix, route)
        self._lengths = sorted({len(prefix) for prefix in self._by_prefix}, reverse=True)

    def find(self, recipient: str) -> Route | None:
        """The route with the longest prefix of `recipient`; of two equal ones the first."""
        for length in self._lengths:
            route = self._by_prefix.get(recipient[:length])
            if route is not None:
                return route
        return None


def find_route(routes: Sequence[Route] | RouteTable, recipient: str) -> Route | None:
    """As `RouteTable.find`."""
    if isinstance(routes, RouteTable):
        return routes.find(recipient)
    best: Route | None = None
    for route in routes:
        if recipient.startswith(route.prefix) and (
            best is None or len(route.prefix) > len(best.prefix)
        ):
            best = route
    return best


def choose(
    routes: Sequence[Route] | RouteTable,
    recipient: str,
    *,
    up: Callable[[str], bool],
    tried: Collection[str] = (),
    pick: float,
) -> str | None:
    """The carrier for one part, now.

    Args:
        recipient: digits, no plus.
        up: whether a carrier can take parts now.
        tried: carriers that refused this part.
        pick: 0 <= pick < 1; the same pick on the same facts gives the same carrier.

    Returns:
        A carrier that is up and was not tried, by order or weight. When none is up, the first
        that was not tried: the part waits in that carrier's queue. None when no route has the
        prefix, or every carrier of the route was tried: there is nobody left.
    """
    route = find_route(routes, recipient)
    if route is None:
        return None
    if route.weights is not None:
        return _by_weight(route.carriers, route.weights, up, tried, pick)
    first: str | None = None
    for carrier in route.carriers:
        if carrier in tried:
            continue
        if up(carrier):
            return carrier
        if first is None:
            first = carrier
    return first


def _by_weight(
    carriers: tuple[str, ...],
    weights: tuple[int, ...],
    up: Callable[[str], bool],
    tried: Collection[str],
    pick: float,
) -> str | None:
    left = [pair for pair in zip(carriers, weights, strict=False) if pair[0] not in tried]
    able = [pair for pair in left if up(pair[0])]
    total = sum(weight for _, weight in able)
    if total <= 0:  # nobody is up, or only reserves (weight 0) are
        first = able or left
        return first[0][0] if first else None
    point = pick * total
    for carrier, weight in able:
        if point < weight:
            return carrier
        point -= weight
    return able[-1][0]  # pick was so near 1 that rounding made it the total
