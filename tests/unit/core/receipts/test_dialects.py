import re
from pathlib import Path

import pytest

from homing.core.model.lifecycle import State
from homing.core.receipts.classify import API_CODES, err_code, err_code_of, err_code_of_refusal
from homing.core.receipts.dialects import (
    DIALECTS,
    NETWORK_TLVS,
    PLAIN,
    STAT_WORDS,
    Dialect,
    ErrIs,
    NoSuchDialect,
    dialect,
    err_key,
)
from homing.core.receipts.read import read
from support.corpus import Row, deliver_of

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "dialects.md"
ROWS = pytest.mark.parametrize(("name", "row"), DIALECTS.items(), ids=DIALECTS)


@ROWS
def test_a_row_is_of_values_that_the_api_and_the_reader_know(name: str, row: Dialect) -> None:
    assert dialect(name) is row
    assert set(row.err_codes.values()) | set(row.refusals.values()) <= API_CODES
    assert all(key == err_key(key) != "" for key in row.err_codes)
    for word in row.stat_words:
        assert word == word.upper()
        assert b" " not in word  # the reader takes one word


@ROWS
def test_no_row_makes_a_delivery_of_a_word_that_is_none(name: str, row: Dialect) -> None:
    assert State.DELIVERED not in row.stat_words.values()
    assert not set(row.stat_words) & set(STAT_WORDS)
    receipt: Row = {"raw": "id:1 stat:NEVER_SEEN err:001"}
    assert read(deliver_of(receipt), carrier_dialect=row).state is State.UNKNOWN


def test_a_name_without_a_row_is_told_which_there_are() -> None:
    with pytest.raises(NoSuchDialect, match="no dialect is called 'Plain'; there are: plain, 8x8"):
        dialect("Plain")


@pytest.mark.parametrize(
    ("name", "err", "code"),
    [
        # The same digits, another meaning: the reason for tables.
        ("plain", "001", "3"), ("infobip", "001", "3"), ("bird", "001", "3"),
        ("twilio", "001", "2"), ("kaleyra", "001", "3"), ("route-mobile", "001", "3"),
        ("8x8", "001", "2"), ("kpn", "001", "1"), ("vonage", "001", "1"),
        ("plain", "005", "3"), ("twilio", "005", "3"), ("kaleyra", "005", "4"),
        ("kpn", "005", "12"), ("vonage", "005", "5"),
        ("plain", "006", "2"), ("twilio", "006", "3"), ("kaleyra", "006", "7"),
        ("kpn", "006", "7"), ("vonage", "006", "6"),
        ("plain", "027", "2"), ("kaleyra", "027", "52"), ("route-mobile", "027", "2"),
        ("8x8", "27", "1"),
        ("twilio", "002", "7"), ("twilio", "012", "8"), ("twilio", "009", "4"),
        ("8x8", "43", "6"), ("8x8", "30", "5"), ("8x8", "44", "15"), ("8x8", "24", "13"),
        ("kpn", "002", "3"), ("kpn", "003", "4"), ("kpn", "004", "9"), ("kpn", "007", "2"),
        ("telia", "201", "3"), ("telia", "202", "4"), ("telia", "207", "14"),
        ("telia", "208", "2"), ("syniverse", "091", "11"), ("syniverse", "98", "8"),
        ("bandwidth", "902", "1"), ("bandwidth", "4794", "2"), ("goip", "500", "8"),
        ("tyntec", "0x0006", "2"), ("tyntec", "000d", "4"), ("tyntec", "6000", "7"),
        ("tyntec", "0022", "8"), ("tyntec", "a001", "2"),
        ("vonage", "051", "51"), ("vonage", "98", "1"), ("telesign", "4A6", "14"),
        ("route-mobile", "408", "9"), ("route-mobile", "411", "10"),
        ("twilio", "999", "1"), ("plain", "0x0B", "12"), ("twilio", "0x45", "14"),
    ],
)  # fmt: skip
def test_an_err_is_looked_up_where_its_carrier_means_it(name: str, err: str, code: str) -> None:
    assert err_code_of(State.UNDELIVERABLE, err, DIALECTS[name]) == code


@ROWS
def test_no_row_finds_fault_with_a_delivery(name: str, row: Dialect) -> None:
    for err in ("001", "1", "500", "4A6", ""):
        assert err_code_of(State.DELIVERED, err, row) == "0"
        for state in (State.UNDELIVERABLE, State.EXPIRED, State.REJECTED, State.UNKNOWN):
            assert err_code_of(state, err, row) != "0"


def test_a_refusal_is_looked_up_in_the_carriers_own_space_first() -> None:
    row = DIALECTS["route-mobile"]
    assert [err_code_of_refusal(one, row) for one in (0x409, 0x412, 0x413)] == ["52", "52", "99"]
    assert err_code_of_refusal(0x409) == "99"
    assert err_code_of_refusal(0x58, row) == "8"


def test_a_network_error_code_is_looked_up_by_its_type() -> None:
    def code(octets: str) -> str:
        tlv = {"network_error_code": f"hex:{octets}", "message_state": 5}
        return err_code(read(deliver_of({"raw": "", "pdu": {"tlv": tlv}})))

    assert code("03001b") == "2"  # GSM: MAP 27
    assert code("070045") == "14"  # SMPP: ESME_RSUBMITFAIL
    assert code("030000") == "1"


def test_the_words_of_a_row_are_read() -> None:
    raw: Row = {"raw": "id:1 stat:delivered-to-carrier err:003"}
    assert read(deliver_of(raw), carrier_dialect=DIALECTS["syniverse"]).state is State.ACCEPTED


def test_a_body_of_id_and_digit_is_a_state_only_where_the_dialect_says_so() -> None:
    deliver = deliver_of({"raw": "362d9701 2"})
    for row, state in ((PLAIN, State.UNKNOWN), (DIALECTS["sicap"], State.DELIVERED)):
        receipt = read(deliver, carrier_dialect=row)
        assert (receipt.id, receipt.state) == ("362d9701", state)


def table() -> list[str]:
    """The rows of the page, as the data are now."""
    lines = []
    for name, row in DIALECTS.items():
        words = [f"{word.decode()}: {state.name.lower()}" for word, state in row.stat_words.items()]
        other = [
            *(["ACCEPTD is final"] if row.accepted_is_final else []),
            *(["`<id> <digit>` is a receipt"] if row.bare_state else []),
            *(f"0x{tag:04X} is the network" for tag in row.network_tlvs
              if row.network_tlvs != NETWORK_TLVS),
            *(f"0x{tag:04X} is the {what}" for tag, what in row.named_tlvs.items()),
        ]  # fmt: skip
        cells = (f"`{name}`", row.err_is.value, spelled(row.err_codes), "; ".join(words),
                 "; ".join(other))  # fmt: skip
        lines.append("| " + " | ".join(cells))
    return lines


def spelled(err_codes: object) -> str:
    assert isinstance(err_codes, dict)
    by_code: dict[str, list[str]] = {}
    for err, code in err_codes.items():
        by_code.setdefault(code, []).append(err)
    return "; ".join(f"{' '.join(errs)}: {code}" for code, errs in by_code.items())


def test_the_page_has_the_table_as_it_is_and_a_source_for_each_row() -> None:
    page = PAGE.read_text("utf-8")
    for line in table():
        found = re.search(rf"^{re.escape(line)} \| (.+) \|$", page, re.MULTILINE)
        assert found is not None, line
        assert len(found.group(1)) > 5
    rows = page.partition("## The rows")[2]
    shown = re.findall(r"^\| `([a-z0-9-]+)` \| ", rows, re.MULTILINE)
    assert shown == list(DIALECTS)
    assert all(f"`{one.value}`" in page for one in ErrIs)
