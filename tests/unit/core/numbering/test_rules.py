"""What a row of the country table means for a submit."""

import pytest

from homing.core.numbering.features import Features, shipped, with_rows
from homing.core.numbering.rules import Rules, named, rule_of, sender_rules, worth

LETTERS, DIGITS = "Acme", "447700900001"


def row(**given: str) -> Features:
    return Features("XX", "Xland", **given)


def told(features: Features, sender: str = LETTERS, *, long: bool = False, ucs2: bool = False):
    return rule_of(features).told(sender, is_long=long, is_unicode=ucs2)


def test_a_country_of_which_nothing_is_known_allows_everything_and_says_nothing() -> None:
    rule = rule_of(row())
    assert rule.refusal(LETTERS) == rule.refusal(DIGITS) == ""
    assert told(row(), long=True, ucs2=True) == ()


def test_a_sender_that_is_not_taken_is_refused_where_the_other_kind_is() -> None:
    rule = rule_of(row(alphanumeric="no", numeric="yes"))
    assert rule.refusal(LETTERS) == "XX (Xland) takes no sender of letters, send from digits"
    assert rule.refusal(DIGITS) == ""
    rule = rule_of(row(alphanumeric="preregistered", numeric="no"))
    assert rule.refusal(DIGITS) == "XX (Xland) takes no sender of digits, send from letters"
    assert rule.refusal(LETTERS) == ""


@pytest.mark.parametrize(
    "features",
    [
        row(alphanumeric="no", numeric="no"),
        row(alphanumeric="no"),
        row(alphanumeric="no", numeric="yes", notes="sender may be overwritten (telnyx)"),
        row(alphanumeric="no", numeric="yes", notes="sources differ on alpha: aws=no, x=yes"),
    ],
)
def test_nothing_is_refused_that_may_arrive_with_another_sender(features: Features) -> None:
    assert rule_of(features).refusal(LETTERS) == ""
    (notice,) = told(features)
    assert notice.startswith("XX (Xland): a sender of letters is not kept")


def test_sources_that_differ_on_the_other_kind_make_no_rule_softer() -> None:
    rule = rule_of(row(alphanumeric="no", numeric="yes", notes="sources differ on numeric: a=b"))
    assert rule.refusal(LETTERS)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"alphanumeric": "preregistered"}, "must be registered"),
        ({"alphanumeric": "limited"}, "within limits"),
        ({"alphanumeric": "yes", "notes": "sender rewritten (govuk)"}, "may replace the sender"),
        ({"notes": "a; sender may be overwritten (vonage); b"}, "may replace the sender"),
    ],
)
def test_what_will_be_altered_is_said(given: dict[str, str], words: str) -> None:
    (notice,) = told(row(**given))
    assert words in notice


def test_long_texts_and_unicode_are_told_of_only_where_they_suffer() -> None:
    poor = row(concat="no", unicode="no")
    assert told(poor) == ()
    assert len(told(poor, long=True)) == len(told(poor, ucs2=True)) == 1
    assert len(told(poor, long=True, ucs2=True)) == 2
    assert rule_of(poor).asks_unicode
    assert not rule_of(row(unicode="yes")).asks_unicode


@pytest.mark.parametrize("receipts", ["carrier", "none"])
def test_where_no_handset_answers_the_conversion_api_is_named(receipts: str) -> None:
    assert "/conversions/sms" in worth(row(receipts=receipts))
    (notice,) = told(row(receipts=receipts))
    assert "/conversions/sms" in notice


@pytest.mark.parametrize("receipts", ["handset", "unknown"])
def test_elsewhere_a_submit_says_nothing_of_receipts(receipts: str) -> None:
    assert told(row(receipts=receipts)) == ()
    assert "conversions" not in worth(row(receipts=receipts))


def test_a_sender_with_a_digit_like_sign_is_one_of_letters() -> None:
    rule = rule_of(row(alphanumeric="no", numeric="yes"))
    assert rule.refusal("2²")


def test_the_words_of_a_country_say_what_becomes_of_each_kind_of_sender() -> None:
    letters, digits = sender_rules(row(alphanumeric="no", numeric="yes"))
    assert letters.startswith("refused with status 15: XX (Xland)")
    assert digits == "a sender of digits is kept"
    assert sender_rules(row())[0] == "not known, allowed"


def test_a_country_without_a_name_is_called_by_its_letters() -> None:
    assert named(Features("XX")) == "XX"


def test_rules_are_found_by_number_and_follow_an_operators_rows() -> None:
    assert Rules(shipped()).receipts_in("12025550123") == "carrier"
    rows = with_rows(shipped(), "iso2,dlr_kind,sender_alpha\nUS,handset,yes\n", file="own.csv")
    rules = Rules(rows)
    assert rules.receipts_in("12025550123") == "handset"
    rule = rules.of("12025550123")
    assert rule is not None
    assert rule.refusal(LETTERS) == ""
    assert rules.of("12025550199") is rule, "the same prefix is asked once"


def test_a_number_of_no_country_has_no_rule() -> None:
    rules = Rules(shipped())
    assert rules.of("999") is None
    assert rules.receipts_in("88161234567") == ""


def test_every_shipped_row_gives_a_rule_and_few_refuse() -> None:
    hard = {
        row.country: rule.refused
        for row in shipped().values()
        if any((rule := rule_of(row)).refused)
    }
    assert {country for country, refused in hard.items() if refused[0]} == {"CA", "PR", "US"}
    assert {"BM", "BY", "PW"} <= hard.keys()
    assert not any(all(refused) for refused in hard.values()), "nobody is cut off"
