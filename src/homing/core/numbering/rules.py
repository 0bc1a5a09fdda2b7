"""What a submit to a country may do there, and what a `delivered` from there is worth, in words.

Owns how a row of the country table becomes a rule. Three outcomes: *refused*, *altered* (sent, and
the caller is told what becomes of it), and nothing to say. What nobody published is allowed.

A rule is hard, so that the submit is refused, only where all of this is said: the networks take no
sender of this kind, they take the other kind, no source differs, and none says that they put
another sender in its place. With less, a refusal would stop messages that do arrive.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from homing.core.numbering.country import country_of
from homing.core.numbering.features import Features

_COUNTRY_DIGITS = 7  # the longest prefix that tells a country
_PREFIXES_MAX = 20_000  # remembered; then begun anew

LETTERS, DIGITS = 0, 1  # the kinds of sender
LONG, UNICODE = 2, 4  # what a message can be besides

_KINDS = {LETTERS: "letters", DIGITS: "digits"}
_TAKEN = frozenset({"yes", "limited", "preregistered"})
_OVERWRITTEN = "sender may be overwritten"
_REWRITTEN = "sender rewritten"
_DIFFER = {LETTERS: "sources differ on alpha", DIGITS: "sources differ on numeric"}

# A word of the sender columns -> what becomes of such a sender; `{kind}`: letters or digits.
_ALTERED = {
    "limited": "a sender of {kind} is kept within limits only, and may be replaced",
    "preregistered": "a sender of {kind} must be registered with the networks:"
    " one that is not may be replaced, or the message stopped",
    "no": "a sender of {kind} is not kept: the networks may replace it, or stop the message",
}
_REPLACED = "the networks may replace the sender"
_APART = "the parts of a long message may be shown as messages of their own"
_NO_UNICODE = "text outside of the GSM alphabet may not be readable on the handset"

_CONVERSION = "tell the conversion API (POST /conversions/sms) which messages really arrived"
# Column `dlr_kind` -> what a `delivered` is worth.
WORTH = {
    "handset": "`delivered` comes from the handset: it has the message.",
    "carrier": "`delivered` is the carrier's word alone: it passed the message on, and no handset"
    f" said that it has it. To know more, {_CONVERSION}.",
    "none": "No receipts to rely on: a `delivered` proves nothing, and none may come at all."
    f" To know more, {_CONVERSION}.",
    "unknown": "Our sources do not say whose word a `delivered` is; Homing judges each receipt by"
    " what the carrier's receipts are like.",
}
_RECEIPTS = {
    "carrier": f"a `delivered` is the carrier's word alone, not the handset's: {_CONVERSION}",
    "none": f"receipts prove nothing there, and may not come: {_CONVERSION}",
}


class Rule(Struct, frozen=True):
    """Of one country, worked out once. Empty text: nothing to say."""

    features: Features
    refused: tuple[str, str]  # by kind of sender: why such a submit is refused
    notices: tuple[tuple[str, ...], ...]  # by kind of sender + LONG + UNICODE: what to tell
    asks_unicode: bool  # its notices depend on UNICODE

    def refusal(self, sender: str) -> str:
        """Why a message from this sender is refused, naming country and rule; "": it is not."""
        return self.refused[sender.isdecimal()]

    def told(self, sender: str, *, is_long: bool, is_unicode: bool) -> tuple[str, ...]:
        """What becomes of a message, each a sentence that names the country."""
        return self.notices[sender.isdecimal() + LONG * is_long + UNICODE * is_unicode]


class Rules:
    """Of all countries, asked by number. A question that was asked before takes a tenth of a
    microsecond."""

    def __init__(self, rows: Mapping[str, Features]) -> None:
        self.rows = rows
        self._by_country: dict[str, Rule] = {}
        self._by_prefix: dict[str, Rule | None] = {}

    def of(self, recipient: str) -> Rule | None:
        """The rule where a number is; None: no country, or one that nothing is known of."""
        prefix = recipient[:_COUNTRY_DIGITS]
        try:
            return self._by_prefix[prefix]
        except KeyError:
            return self._find(prefix)

    def receipts_in(self, recipient: str) -> str:
        """Whose receipts the number's country gives (column `dlr_kind`); "": not known."""
        rule = self.of(recipient)
        return "" if rule is None else rule.features.receipts

    def _find(self, prefix: str) -> Rule | None:
        country = country_of(prefix)
        rule = self._by_country.get(country)
        if rule is None and country in self.rows:
            rule = self._by_country[country] = rule_of(self.rows[country])
        if len(self._by_prefix) >= _PREFIXES_MAX:
            self._by_prefix.clear()
        self._by_prefix[prefix] = rule
        return rule


def rule_of(features: Features) -> Rule:
    """What a row means for a submit."""
    senders = [_sender(features, kind) for kind in (LETTERS, DIGITS)]
    where = named(features)
    notices = []
    for index in range(8):
        said = (
            senders[index & DIGITS][1],
            _APART if index & LONG and features.concat == "no" else "",
            _NO_UNICODE if index & UNICODE and features.unicode == "no" else "",
            _RECEIPTS.get(features.receipts, ""),
        )
        notices.append(tuple(f"{where}: {text}" for text in said if text))
    return Rule(
        features,
        (senders[LETTERS][0], senders[DIGITS][0]),
        tuple(notices),
        features.unicode == "no",
    )


def named(features: Features) -> str:
    """`GB (United Kingdom)`."""
    return f"{features.country} ({features.name})" if features.name else features.country


def worth(features: Features) -> str:
    """What a `delivered` from this country is worth, in sentences."""
    return WORTH[features.receipts]


def sender_rules(features: Features) -> tuple[str, str]:
    """What becomes of a sender of letters, and of one of digits."""
    found = []
    for kind in (LETTERS, DIGITS):
        refused, altered = _sender(features, kind)
        word = (features.alphanumeric, features.numeric)[kind]
        kept = "not known, allowed" if word == "unknown" else f"a sender of {_KINDS[kind]} is kept"
        found.append(f"refused with status 15: {refused}" if refused else altered or kept)
    return found[LETTERS], found[DIGITS]


def _sender(features: Features, kind: int) -> tuple[str, str]:
    """Why such a sender is refused, and what becomes of it; one of them, or neither."""
    words = (features.alphanumeric, features.numeric)
    word, other = words[kind], words[1 - kind]
    notes = features.notes
    is_replaced = re.search(rf"\b(?:{_OVERWRITTEN}|{_REWRITTEN})\b", notes) is not None
    if word == "no":
        is_hard = other in _TAKEN and _OVERWRITTEN not in notes and _DIFFER[kind] not in notes
        if is_hard:
            rule = (
                f"{named(features)} takes no sender of {_KINDS[kind]}, send from {_KINDS[1 - kind]}"
            )
            return rule, ""
    if word in _ALTERED:
        return "", _ALTERED[word].format(kind=_KINDS[kind])
    return "", _REPLACED if is_replaced else ""
