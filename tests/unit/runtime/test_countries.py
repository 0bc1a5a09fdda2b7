"""The country rules of a gateway, as its settings name them; what they make of PDUs."""

import pytest

from homing.core.numbering.features import Features, shipped
from homing.core.numbering.rules import rule_of
from homing.core.submit.notices import notices
from homing.core.submit.plan import plan
from homing.core.submit.request import SmsRequest
from homing.runtime.settings import CountrySettings, SettingsProblem
from homing.runtime.tables import read_rules


def test_without_a_file_the_shipped_rows_count() -> None:
    assert read_rules(CountrySettings()).rows == shipped()


def test_a_file_changes_what_it_names(tmp_path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("iso2,dlr_kind\nGB,none\n")
    rules = read_rules(CountrySettings(str(file)))
    assert rules.receipts_in("447700900000") == "none"
    assert rules.receipts_in("12025550123") == "carrier"


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"iso2,dlr_kind\nGB,often\n", "own.csv, line 2: dlr_kind: must be one of"),
        (b"iso2\n\xff\n", "own.csv: is not UTF-8"),
        (None, "own.csv: cannot be read: No such file"),
    ],
)
def test_a_problem_names_file_line_column_and_rule(tmp_path, octets, words) -> None:
    file = tmp_path / "own.csv"
    if octets is not None:
        file.write_bytes(octets)
    with pytest.raises(SettingsProblem) as found:
        read_rules(CountrySettings(str(file)))
    assert words in str(found.value)


@pytest.mark.parametrize("message_class", [None, 0, 3])
def test_the_alphabet_is_read_from_the_pdu(message_class: int | None) -> None:
    rule = rule_of(Features("XX", unicode="no", concat="no"))

    def told(text: str) -> int:
        request = SmsRequest("Acme", "447700900000", text=text, message_class=message_class)
        bodies = plan(request, reference=1)
        assert isinstance(bodies, tuple)
        return len(notices(rule, "Acme", bodies))

    assert told("plain") == 0
    assert told("Ω and ж") == 1
    assert told("x" * 200) == 1
    assert told("ж" * 100) == 2


def test_a_message_whose_texts_are_gone_is_told_of_as_far_as_it_goes() -> None:
    rule = rule_of(Features("XX", unicode="no", concat="no"))
    assert notices(rule, "Acme", [b""]) == ()
    assert len(notices(rule, "Acme", [b"", b""])) == 1
