"""Writes the prefix tables of core/numbering; with --check says whether they are stale.

Owns how public lists become `calling_codes.txt` (prefix -> country) and `networks.txt` (prefix ->
MCC-MNC). Neither is edited by hand: a wrong row is mended in SHARED_CODES or network_names.csv.
Needs the package phonenumbers, and npm to fetch the MCC-MNC list (or --list FILE).
"""

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter, defaultdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumberType
from phonenumbers.carrierdata import CARRIER_DATA

from operators import Join, names, read_by_hand, read_codes

DATA = Path(__file__).resolve().parents[1] / "src" / "homing" / "core" / "numbering" / "data"
CODES = DATA / "calling_codes.txt"
NETWORKS = DATA / "networks.txt"
MCC_MNC_LIST = "mcc-mnc-list@1.1.11"  # pinned: two runs of one commit write the same
NON_GEOGRAPHIC = "001"  # libphonenumber's region of +800, +881 and their like
NONE = "-"  # stands for no network, where a shorter prefix has one

# Calling codes of several countries, +1 apart: the prefixes of each country but the first, which
# has the rest. Where countries share a range of mobile numbers (+61 4, +212 6, +358 4, +590 690)
# no prefix tells them apart, and the first has it. Source: libphonenumber's metadata.
SHARED_CODES = {
    "AX": "35818",
    "BQ": "5993 5994 5997",
    "CC": "6189162",
    "CX": "6189164",
    "EH": "2125288 2125289",
    "GG": "441481 447781 447839 4479111 4479117",
    "IM": "441624 4474576 447524 447624 447924",
    "JE": "441534 447509 4477003 4477007 4477008 447797 447829 447937",
    "KZ": "77",
    "SJ": "4779",
    "TA": "2908",
    "VA": "3906698",
    "YT": "2622689 262269 262639 26270935 26270936 26270937",
}
# Area codes of these kinds of number are of all the countries of +1.
NO_COUNTRYS = (
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.UAN,
    PhoneNumberType.VOIP,
)
# Last seven digits; of every assigned +1 area code at least one of them is a possible number.
NANP_SAMPLES = ("2345678", "3003000", "5212345", "7654321", "9876543")


def country_table() -> dict[str, str]:
    """Prefix -> country; the longest prefix of a number decides."""
    table = {}
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if code != 1 and regions[0] != NON_GEOGRAPHIC:
            table[str(code)] = regions[0]
    for country, prefixes in SHARED_CODES.items():
        table.update(dict.fromkeys(prefixes.split(), country))
    for area in range(200, 1000):
        numbers = [phonenumbers.parse(f"+1{area}{last}") for last in NANP_SAMPLES]
        owners = {
            phonenumbers.region_code_for_number(number) or ""
            for number in numbers
            if phonenumbers.number_type(number) not in NO_COUNTRYS
        } - {""}
        if len(owners) == 1:
            table[f"1{area}"] = owners.pop()
    return table


def network_table(join: Join, countries: dict[str, str]) -> tuple[dict[str, str], Counter[str]]:
    """Prefix -> MCC-MNC, and how many prefixes each name without an answer left empty."""
    table = {}
    unanswered: Counter[str] = Counter()
    for prefix, operator in sorted(CARRIER_DATA.items()):
        country = longest(countries, prefix)
        name = operator.get("en", "")
        codes = join.find(country, name) if name else []
        table[prefix] = codes[0] if len(codes) == 1 else NONE
        if len(codes) != 1:
            unanswered[f"{country}\t{name}\t{' '.join(codes)}"] += 1
    return shortened(table), unanswered


def longest(table: dict[str, str], number: str) -> str:
    for size in range(len(number), 0, -1):
        if number[:size] in table:
            return table[number[:size]]
    return ""


def shortened(table: dict[str, str]) -> dict[str, str]:
    """The same answers from fewer prefixes: ten equal ones are their parent; none repeats it."""
    table = dict(table)
    for size in range(max(map(len, table)), 1, -1):
        families = defaultdict(list)
        for prefix in table:
            if len(prefix) == size:
                families[prefix[:-1]].append(prefix)
        for parent, children in families.items():
            codes = {table[child] for child in children}
            if len(children) == 10 and len(codes) == 1:
                table[parent] = codes.pop()
    return {
        prefix: code
        for prefix, code in table.items()
        if code != (longest(table, prefix[:-1]) or NONE)
    }


def fetch_list() -> str:
    """The JSON text of the pinned npm package."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(
            ["npm", "pack", "--silent", MCC_MNC_LIST],
            cwd=place,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with tarfile.open(next(Path(place).glob("*.tgz"))) as archive:
            member = archive.extractfile("package/mcc-mnc-list.json")
            assert member is not None
            return member.read().decode()


def page(lines: dict[str, list[str]], header: list[str]) -> str:
    """One line a value: the value, a tab, its prefixes."""
    body = [f"{value}\t{' '.join(sorted(prefixes))}" for value, prefixes in sorted(lines.items())]
    return "\n".join([*(f"# {line}" for line in header), *body, ""])


def by_value(table: dict[str, str]) -> dict[str, list[str]]:
    lines = defaultdict(list)
    for prefix, value in table.items():
        lines[value].append(prefix)
    return lines


def pages(list_text: str) -> tuple[dict[Path, str], Counter[str]]:
    """Each file's text with `{date}` for its date, and the names without an answer."""
    codes = read_codes(list_text)
    countries = country_table()
    networks, unanswered = network_table(Join(codes, read_by_hand()), countries)
    titles = {code: f"{code} {name}" for code, name in names(codes).items()} | {NONE: NONE}
    lines: dict[str, list[str]] = {title: [] for title in titles.values()}
    for prefix, code in networks.items():
        lines[titles[code]].append(prefix)
    numbers = f"libphonenumber as of the package phonenumbers {version('phonenumbers')}, Apache-2.0"
    made = "Made by tools/networks.py: change it there. Date: {date}."
    return {
        CODES: page(
            by_value(countries),
            ["Country, tab, prefixes: the longest decides.", f"Source: {numbers}.", made],
        ),
        NETWORKS: page(
            lines,
            [
                f"MCC-MNC and name, tab, prefixes: the longest decides; {NONE} is no network.",
                f"Source: {numbers}; {MCC_MNC_LIST}, MIT.",
                made,
            ],
        ),
    }, unanswered


def dated(text: str, old: str) -> str:
    """With the old date where nothing else changed, else with today's."""
    match = re.search(r"Date: (\d{4}-\d\d-\d\d)\.", old)
    if match and text.replace("{date}", match[1], 1) == old:
        return old
    return text.replace("{date}", f"{datetime.now(UTC):%Y-%m-%d}", 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    parser.add_argument("--report", action="store_true", help="the operators without a code")
    parser.add_argument("--list", type=Path, help="mcc-mnc-list.json, instead of fetching it")
    asked = parser.parse_args()
    files, unanswered = pages(asked.list.read_text("utf-8") if asked.list else fetch_list())
    if asked.report:
        total = len(CARRIER_DATA)
        print(f"{total - unanswered.total()} of {total} prefixes have a network; these have none:")
        print("\n".join(f"{count}\t{name}" for name, count in unanswered.most_common()))
        return 0
    stale = 0
    for path, text in files.items():
        old = path.read_text("utf-8") if path.exists() else ""
        new = dated(text, old)
        if new != old and asked.check:
            print(f"stale: {path.name}; make it anew with tools/networks.py")
            stale = 1
        elif new != old:
            path.write_text(new, "utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
