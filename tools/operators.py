"""Which MCC-MNC an operator's name means: the join of the two lists that networks.py reads.

Owns how names are compared. The rule is by country and name; a row of network_names.csv, made by
hand, decides first. No code, or several, is no answer: nothing here guesses.
"""

import csv
import json
import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

NAMES = Path(__file__).resolve().parent / "network_names.csv"

# Codes in use come first; "Unknown" is one that is assigned and of whose use nobody told the list.
STATUSES = ("Operational", "Unknown")
# Words of a company's form, which one list has and the other has not.
FORMS = (
    "ab ad ag as asa bhd bv co company corp corporation cjsc dd doo eood gmbh group inc jsc kft kk "
    "lda limited llc llp ltd nv ojsc oy oyj pjsc plc psc pt pte pty pvt sa sab sac sae sal sarl "
    "sas saoc saog sdn sl slu spa srl sro the uab zrt"
)
# What can be left of a name when the country is taken off: it names nobody.
GENERIC = frozenset({"", "mobile", "telecom", "gsm", "cellular", "communications", "wireless"})
_FORMS = frozenset(FORMS.split())
COUNTRY_WORDS = {"GB": "uk", "US": "usa", "AE": "uae", "CZ": "czech republic"}


class Code(NamedTuple):
    """One row of the MCC-MNC list, in one of its countries."""

    country: str  # ISO 3166 alpha-2
    country_name: str
    mccmnc: str
    names: tuple[str, ...]  # brand and operator, those that there are
    status: str


def read_codes(text: str) -> list[Code]:
    """The assigned national codes of mcc-mnc-list.json; a row of several countries is several."""
    codes = []
    for row in json.loads(text):
        names = tuple(" ".join(name.split()) for name in (row["brand"], row["operator"]) if name)
        if row["type"] != "National" or row["status"] not in STATUSES or not names:
            continue
        if not re.fullmatch(r"[0-9]{2,3}", row["mnc"] or ""):
            continue
        for country in (row["countryCode"] or "").split("/"):
            codes.append(
                Code(country, row["countryName"], row["mcc"] + row["mnc"], names, row["status"])
            )
    return codes


def read_by_hand() -> dict[tuple[str, str], str]:
    """Country and libphonenumber's name -> the code, or "" where none can be given."""
    with NAMES.open(newline="", encoding="utf-8") as file:
        return {(row["country"], row["name"]): row["mccmnc"] for row in csv.DictReader(file)}


def names(codes: list[Code]) -> dict[str, str]:
    """MCC-MNC -> the brand, else the operator's name; the list's first row of a code gives it."""
    return {code.mccmnc: code.names[0] for code in reversed(codes)}


class Join:
    """Answers which codes an operator's name can mean."""

    def __init__(self, codes: list[Code], by_hand: dict[tuple[str, str], str]) -> None:
        self._by_hand = by_hand
        self._codes: dict[str, list[Code]] = defaultdict(list)
        for code in codes:
            self._codes[code.country].append(code)
        for (country, name), mccmnc in by_hand.items():
            if mccmnc and all(code.mccmnc != mccmnc for code in self._codes[country]):
                raise SystemExit(f"{NAMES.name}: {country}, {name}: {mccmnc} is not in use there")

    def find(self, country: str, name: str) -> list[str]:
        """One code is an answer; none, or several, are not."""
        if (country, name) in self._by_hand:
            return [code for code in [self._by_hand[country, name]] if code]
        codes = self._codes[country]
        local = _country_words(country, codes)
        for status in STATUSES:
            for whole in (True, False):
                wanted = _key(name, local, whole=whole)
                hits = {
                    code.mccmnc
                    for code in codes
                    if code.status == status
                    and wanted
                    and any(_key(one, local, whole=whole) == wanted for one in code.names)
                }
                if hits:
                    return sorted(hits)
        return []


def _words(name: str) -> list[str]:
    """Without accents, case, company forms, and what stands in brackets."""
    plain = unicodedata.normalize("NFKD", re.sub(r"\(.*?\)", " ", name.casefold()))
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    plain = re.sub(r"\.(?=\w\b)|\.$|'", "", plain).replace("+", " plus ")
    return [word for word in re.findall(r"\w+", plain) if word not in _FORMS]


def _country_words(country: str, codes: list[Code]) -> frozenset[str]:
    names = " ".join({code.country_name for code in codes})
    return frozenset([country.lower(), *_words(names), *COUNTRY_WORDS.get(country, "").split()])


def _key(name: str, local: frozenset[str], *, whole: bool) -> str:
    """What a name is compared by; not `whole`: without the words of the country's name."""
    words = _words(name)
    if whole:
        return "".join(words)
    rest = "".join(word for word in words if word not in local)
    return "" if rest in GENERIC else rest
