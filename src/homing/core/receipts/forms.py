"""The spellings of one id: as carriers write it in an answer, and as they write it in a receipt.

An id is given as it pleases in `submit_sm_resp` and comes back in hex, in decimal, with zeros, in
another case, or cut short. Case and leading zeros are folded away; what is left is a `Relation`,
and which one a carrier keeps to is learned (see `habit`). Ids are words: the numbers in them may be
of any length, and nothing is ever a machine integer.
"""

from enum import IntEnum

from msgspec import Struct

from homing.core.model.receipt import Receipt

CUT_CHARACTERS_MIN = 16  # a shorter prefix fits too many ids
_NUMBER_CHARACTERS_MAX = 40  # 128 bits in decimal, with a zero or two before them
_HEX_DIGITS = frozenset("0123456789abcdef")


class Relation(IntEnum):
    """How the id of a receipt is spelled beside that of the answer. Stored; never renumber."""

    SAME = 0  # the same, but for case and leading zeros
    HEX = 1  # the answer has it in hex, the receipt in decimal
    DECIMAL = 2  # the answer has it in decimal, the receipt in hex
    CUT = 3  # one is the other's beginning
    TLV = 4  # the text's id is of no use, TLV 0x001E has it


# The rungs: by which rule a receipt found its part.
EXACT, CASE, ZEROS, PREFIX, TLV = "exact", "case", "zeros", "prefix", "tlv"
HEX, DECIMAL = "hex", "decimal"
UDH, MESSAGE, OPERATOR = "udh", "message", "operator"
RUNGS: dict[Relation, tuple[str, ...]] = {
    Relation.SAME: (EXACT, CASE, ZEROS),
    Relation.HEX: (HEX,),
    Relation.DECIMAL: (DECIMAL,),
    Relation.CUT: (PREFIX,),
    Relation.TLV: (TLV,),
}


def fold_id(id: str) -> str:
    """The id without what carriers change by habit: case, and zeros before it."""
    return id.lower().lstrip("0") or "0"


def is_number(folded: str) -> bool:
    """Whether a folded id can be read in two bases. Source of all doubt about ids."""
    return len(folded) <= _NUMBER_CHARACTERS_MAX and _HEX_DIGITS.issuperset(folded)


def to_hex(folded: str) -> str:
    """A decimal id in hex; empty when it is not decimal."""
    if len(folded) <= _NUMBER_CHARACTERS_MAX and folded.isdigit() and folded.isascii():
        return format(int(folded), "x")
    return ""


def to_decimal(folded: str) -> str:
    """A hex id in decimal; empty when it is not hex."""
    return str(int(folded, 16)) if is_number(folded) else ""


class Forms(Struct, frozen=True, gc=False):
    """Every folded form in which the answer can have a receipt's id, by relation.

    `pair`: text and TLV spell one number in two bases, so the base of the text is known.
    """

    by_relation: dict[Relation, str]
    pair: bool = False

    @property
    def is_hex(self) -> bool:
        """Whether it is a number with letters in it: in hex, and in no other base."""
        folded = self.by_relation.get(Relation.SAME, "")
        return bool(folded) and is_number(folded) and not folded.isdigit()

    @property
    def cut(self) -> str:
        """What ids that were cut short, or are longer, begin with; empty when it is too short."""
        folded = self.by_relation.get(Relation.SAME, "")
        return folded[:CUT_CHARACTERS_MIN] if len(folded) >= CUT_CHARACTERS_MIN else ""


def forms(receipt: Receipt) -> Forms:
    """The forms of a receipt's ids. A form that is no other than SAME's is left out."""
    if not receipt.id:
        return Forms({})
    folded = fold_id(receipt.id)
    found = {Relation.SAME: folded}
    for relation, form in (
        (Relation.HEX, to_hex(folded)),
        (Relation.DECIMAL, to_decimal(folded)),
    ):
        if form and form != folded:
            found[relation] = form
    pair = False
    if receipt.tlv_id:
        from_tlv = fold_id(receipt.tlv_id)
        if from_tlv == found.get(Relation.HEX):
            pair = True
            found.pop(Relation.DECIMAL, None)  # the text is decimal: it cannot be hex besides
        elif from_tlv == found.get(Relation.DECIMAL):
            pair = True
            found.pop(Relation.HEX, None)
        elif from_tlv != folded:
            found[Relation.TLV] = from_tlv
    return Forms(found, pair)


class Kinship(Struct, frozen=True, gc=False):
    """How a part's id is that of a receipt."""

    relation: Relation
    rung: str


def kinship(answered: str, receipt: Receipt, forms: Forms) -> Kinship | None:
    """How the id `answered` is one of the receipt's; None when it is none of them."""
    if answered == receipt.id:
        return _EXACTLY
    folded = fold_id(answered)
    for relation, form in forms.by_relation.items():
        if form == folded:
            if relation is not Relation.SAME:
                return _OTHERWISE[relation]
            return _CASE if answered.lower() == receipt.id.lower() else _ZEROS
    if forms.cut and folded.startswith(forms.cut):
        own = forms.by_relation[Relation.SAME]
        if folded.startswith(own) or own.startswith(folded):
            return _OTHERWISE[Relation.CUT]
    return None


_EXACTLY = Kinship(Relation.SAME, EXACT)
_CASE = Kinship(Relation.SAME, CASE)
_ZEROS = Kinship(Relation.SAME, ZEROS)
_OTHERWISE = {
    relation: Kinship(relation, rungs[0])
    for relation, rungs in RUNGS.items()
    if relation is not Relation.SAME
}
