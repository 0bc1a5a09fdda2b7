"""What is counted, as one table. Hot paths add to integers; Prometheus reads them on demand."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

# name -> (what it counts, its labels)
COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "messages_accepted": ("Messages answered with status 0", ()),
    "messages_refused": ("Submits answered with another status", ("status",)),
    "parts_submitted": ("submit_sm sent", ("carrier",)),
    "parts_answered": ("submit_sm_resp with an id", ("carrier",)),
    "parts_throttled": ("submit_sm_resp that held the link", ("carrier",)),
    "parts_refused": ("submit_sm_resp with another error", ("carrier",)),
    "parts_unanswered": ("submit_sm that got no answer", ("carrier",)),
    "parts_moved": ("Parts that went to another carrier", ("carrier",)),
    "receipts_received": ("Receipts that came in", ("carrier",)),
    "receipts_matched": ("Receipts settled on a part", ("carrier",)),
    "receipts_repeated": ("Receipts with octets seen before", ("carrier",)),
    "receipts_unmatched": ("Receipts filed as unmatched", ("carrier",)),
    "receipts_undone": ("Matches that proved to be wrong", ("carrier",)),
    "receipts_refused": ("Receipts not taken: the store could not commit", ("carrier",)),
    "receipts_looked_up": ("Receipts that memory could not decide", ("carrier",)),
    "inbound_received": ("Messages from handsets that were taken, by the part", ("carrier",)),
    "inbound_repeated": ("Messages from handsets with octets seen just before", ("carrier",)),
    "inbound_refused": ("Messages from handsets to a number that is nobody's", ("carrier",)),
    "inbound_not_stored": ("Messages not taken: the store could not commit", ("carrier",)),
    "links_bound": ("Successful binds", ("carrier",)),
    "links_lost": ("Links that ended", ("carrier",)),
    "own_words": ("Final words of our own", ("state",)),
    "attempts": ("Webhook attempts", ("outcome",)),
    "notifications_taken": ("Notifications that a webhook took", ()),
    "notifications_given_up": ("Notifications whose deadline passed", ()),
}
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "carrier_queue_parts": ("Parts waiting in memory", ("carrier",)),
    "carrier_window_parts": ("submit_sm without an answer", ("carrier",)),
    "carrier_binds": ("Binds that are up", ("carrier",)),
    "open_parts": ("Parts in the in-memory map", ()),
    "store_pending_changes": ("Changes not yet durable", ()),
    "endpoints": ("Endpoints with work or memory", ()),
    "endpoints_down": ("Endpoints that are being probed", ()),
    "notifications_in_memory": ("Notifications queued or being tried", ()),
    "receipts_waiting_octets": ("Octets of the PDUs of receipts in the inbox", ()),
    "receipts_waiting": ("Receipts in the inbox: no part was found, and nobody dismissed them", ()),
}

Labels = tuple[str, ...]


class Counter:
    """One count. The hot path holds on to it and adds to `count` itself."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Telemetry(Collector):
    """`add` costs a dictionary look-up; nothing else happens until somebody scrapes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._counts: dict[tuple[str, Labels], Counter] = {}
        self.gauges: Callable[[], Iterable[tuple[str, Labels, float]]] = tuple
        self.registry.register(self)

    def add(self, name: str, *labels: str, count: int = 1) -> None:
        self.counter(name, *labels).count += count

    def counter(self, name: str, *labels: str) -> Counter:
        """The counter itself; made when it is asked for first."""
        key = (name, labels)
        counter = self._counts.get(key)
        if counter is None:
            counter = self._counts[key] = Counter()
        return counter

    def count(self, name: str, *labels: str) -> int:
        return self.counter(name, *labels).count

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not scrape."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        for name, (text, labels) in COUNTERS.items():
            counter = CounterMetricFamily(f"homing_{name}", text, labels=labels)
            if not labels:
                self.counter(name)  # 0 is a fact, and alert rules want to see it
            for (counted, values), cell in self._counts.items():
                if counted == name:
                    counter.add_metric(values, cell.count)
            yield counter
        gauges = list(self.gauges())
        for name, (text, labels) in GAUGES.items():
            gauge = GaugeMetricFamily(f"homing_{name}", text, labels=labels)
            for measured, values, value in gauges:
                if measured == name:
                    gauge.add_metric(values, value)
            yield gauge
