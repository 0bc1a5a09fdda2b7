"""How a carrier's receipts did, network by network: facts, counted. The judgement is not here.

Counted are parts that were owed a receipt: the carrier gave them an id, or a receipt came for
them, since every part asks for one. A part is counted once its time is up, in the hour in which
it was accepted.
"""

from msgspec import Struct

# Upper ends of the buckets of time from `submit_sm_resp` to a receipt; the last bucket has none.
# Up to 10 s they are fine, because there a carrier's own word differs from a handset's.
BOUNDS_S = (1, 2, 5, 10, 30, 60, 300, 3_600, 21_600, 86_400)


class NetworkEvidence(Struct):
    """One network of one carrier. Numbers are parts, except `rungs` and `repeats`: receipts."""

    network: str  # MCC-MNC, a receipt's own before the message's; empty: unknown
    owed: int = 0
    carrier_level: int = 0  # had a receipt that testifies for the carrier
    handset_level: int = 0  # had one that testifies for the handset
    silent: int = 0  # had none
    ended: dict[str, int] = {}  # last state, in lower case; ours end in `_by_gateway`
    # By bucket of BOUNDS_S, one more for what took longer: the first receipt of each level.
    carrier_after: list[int] = []
    handset_after: list[int] = []
    rungs: dict[str, int] = {}  # by which rule a receipt found its part
    contradictions: dict[str, int] = {}  # finals that the carrier gave one part, joined by `+`
    corrections: dict[str, int] = {}  # what the carrier said last of a part with our own word
    repeats: int = 0  # the same octets again
    converted: dict[str, int] = {}  # what applications said of these parts' messages: yes, no


class CarrierEvidence(Struct):
    """Of parts that were accepted since the hour of `since_ms`."""

    carrier: str
    since_ms: int
    bounds_s: list[int]
    networks: list[NetworkEvidence]  # in order of their code
