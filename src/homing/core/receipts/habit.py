"""How a carrier spells its ids in receipts, learned from what it sends. No setting.

Each receipt that was looked up in all forms is a trial between two relations: one under which a
part with its recipient was found, against one under which none was. The true relation finds a part
nearly always; a false one does only by chance. LEARN_WINS wins without a serious answer make one
relation prevail over another; a pair of text and TLV in one PDU can be worth as many by itself.

An answer takes away an eighth of what stood against it, so a carrier that changes its ways is
believed again after about a score of receipts.
"""

from msgspec import Struct

from homing.core.model.receipt import Receipt
from homing.core.receipts.forms import Forms, Relation, fold_id, is_number, to_decimal, to_hex

LEARN_WINS = 8
_MARGIN = 8  # so many times more wins than losses
_WINS_MAX = 32
_TRUST_MAX = 256
_TRUST_LOST = 8  # by one receipt that speaks against what is sure
_FINALS_MIN = 100
_FINALS_MAX = 100_000
_SIZE = len(Relation)


class Habit(Struct):
    """What was learned of one carrier. Stored as it is.

    `wins[a * 5 + b]`: trials that relation a won against b, losses taken off. `seen`: receipts that
    were trials. `pinned`: the operator's word, which beats all trials. `unsure_from_ms`: since when
    no relation prevailed; matches from before it are not doubted. `doubted_by`: the relation by
    which the matches made before it were looked at again, all of them. `trust`: receipts that the
    sure relation understood, up to a bound; while there is some, what speaks against it only uses
    it up: receipts of parts whose answer was lost always do. `finals`: parts that had a final
    word of the carrier; `finals_again`: those that had another one after it. `ids_repeat`: it gave
    one id to parts of two messages that were open at the same time.
    """

    wins: list[int] = []
    seen: int = 0
    pinned: Relation | None = None
    sure: Relation | None = None  # prevails over all that it was tried against
    learned_at_ms: int = 0
    unsure_from_ms: int = 0
    doubted_by: Relation | None = None
    trust: int = 0
    finals: int = 0
    finals_again: int = 0
    ids_repeat: bool = False

    def __post_init__(self) -> None:
        if len(self.wins) != _SIZE * _SIZE:
            self.wins = [0] * (_SIZE * _SIZE)
        if self.sure is not None:
            self.sure = Relation(self.sure)  # equal enough for JSON, not for `is`

    def prevails(self, one: Relation, other: Relation) -> bool:
        """Whether `one` is believed against `other`."""
        if self.pinned is not None:
            return one is self.pinned and other is not self.pinned
        won = self.wins[one * _SIZE + other]
        return won >= LEARN_WINS and self.wins[other * _SIZE + one] * _MARGIN <= won

    def understood(self) -> None:
        """The sure relation found the part of one more receipt."""
        if self.trust < _TRUST_MAX:
            self.trust += 1

    @property
    def gives_one_final(self) -> bool:
        """Whether a part that had its final word gets no other one from this carrier."""
        return self.finals >= _FINALS_MIN and not self.finals_again

    def settled(self, *, again: bool) -> None:
        """A part had a final word of the carrier; `again`: not its first."""
        if again:
            self.finals_again += 1
        self.finals += 1
        if self.finals > _FINALS_MAX:  # what it did long ago is forgotten
            self.finals, self.finals_again = self.finals // 2, self.finals_again // 2

    def memory_form(self, receipt: Receipt) -> str:
        """The folded id under which memory may be asked; empty when memory must not decide.

        It decides when a relation is learned, or when the id leaves no doubt: it is no number.
        """
        folded = fold_id(receipt.id)
        sure = self.sure
        if sure is Relation.SAME:
            return folded
        if sure is None:
            is_other = receipt.tlv_id and fold_id(receipt.tlv_id) != folded
            return "" if is_number(folded) or is_other or not receipt.id else folded
        if sure is Relation.HEX:
            return to_hex(folded)
        if sure is Relation.DECIMAL:
            return to_decimal(folded)
        if sure is Relation.TLV and receipt.tlv_id:
            return fold_id(receipt.tlv_id)
        return ""

    def observe(self, forms: Forms, hits: set[Relation], known: set[Relation], now_ms: int) -> bool:
        """Count one receipt that was looked up in all its forms. True when `sure` changed.

        Args:
            hits: relations under which a part was found whose recipient agrees.
            known: relations under which any part was found.
        """
        tried = set(forms.by_relation)
        if forms.is_hex:
            tried.add(Relation.HEX)  # where receipts are decimal, no letter is in them
        if forms.cut and Relation.CUT in hits and Relation.SAME not in hits:
            tried.add(Relation.CUT)
        hits = hits & tried
        losers = tried - hits
        if not hits or not losers:
            return False
        self.seen += 1
        if self.sure in hits:
            self.understood()
        elif self.sure in losers and self.trust:
            self.trust = max(0, self.trust - _TRUST_LOST)
            return False
        for one in hits:
            for other in losers:
                decided = forms.pair and other not in known
                self._win(one, other, LEARN_WINS if decided else 1)
        return self._judge(now_ms)

    def pin(self, relation: Relation | None, now_ms: int) -> None:
        """The operator's word; None goes back to what is learned."""
        self.pinned = relation
        self._judge(now_ms)

    def _win(self, one: Relation, other: Relation, weight: int) -> None:
        at, against = one * _SIZE + other, other * _SIZE + one
        self.wins[at] = min(_WINS_MAX, self.wins[at] + weight)
        self.wins[against] -= (self.wins[against] + 7) // 8

    def _judge(self, now_ms: int) -> bool:
        before = self.sure
        self.sure = self._best()
        if self.sure is before:
            return False
        self.doubted_by = None
        if self.sure is None:
            self.unsure_from_ms = now_ms
        else:
            self.learned_at_ms = now_ms
        return True

    def _best(self) -> Relation | None:
        if self.pinned is not None:
            return self.pinned
        for one in Relation:
            tried = [
                other
                for other in Relation
                if self.wins[one * _SIZE + other] or self.wins[other * _SIZE + one]
            ]
            if tried and all(self.prevails(one, other) for other in tried):
                return one
        return None
