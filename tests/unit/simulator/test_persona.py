"""Persona files: all of those shipped can be read, and a mistake is one sentence with its place."""

import pytest

from homing.simulator.persona import PLAIN, PersonaProblem, load, names

# What carriers do, one persona for each at least.
EXPECTED = {
    "honest", "carrier-only", "handset-only", "silent", "instant-liar", "early", "late",
    "duplicate", "out-of-order", "before-answer", "hex-answer", "hex-receipt", "leading-zeros",
    "upper-case", "lower-case", "truncated", "id-reuse", "counter-reset", "one-id", "other-bind",
    "ucs2", "tlv-only", "message-payload", "masked", "swapped", "throttling", "flapping",
    "refusing", "missing-part", "memory-full", "off-then-on",
}  # fmt: skip


def test_there_is_a_persona_for_each_way_in_which_carriers_differ():
    assert set(names()) >= EXPECTED


@pytest.mark.parametrize("name", names())
def test_every_persona_is_read_describes_itself_and_counts_from_one(name):
    persona = load(name)
    assert persona.name == name
    assert persona.description.endswith(".")
    assert persona.ids.first == 1


@pytest.mark.parametrize("name", [name for name in names() if name != "honest"])
def test_every_persona_but_the_honest_one_differs_from_it_in_more_than_words(name):
    persona, honest = load(name), load("honest")
    tables = ("ids", "receipts", "writing", "outcomes", "handset", "submit")
    assert any(getattr(persona, table) != getattr(honest, table) for table in tables)


def test_the_plain_carrier_is_the_honest_one_but_for_its_first_id():
    honest = load("honest")
    assert PLAIN.ids.first is None
    assert (PLAIN.receipts, PLAIN.handset, PLAIN.submit, PLAIN.magic_numbers) == (
        honest.receipts,
        honest.handset,
        honest.submit,
        honest.magic_numbers,
    )


def test_a_file_of_ones_own_is_read_and_named_for_itself(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('description = "Mine."\n[ids]\nreceipt = { base = "hex", width = 8 }\n')
    persona = load(path)
    assert (persona.name, persona.ids.receipt.width) == ("mine", 8)
    assert load(str(path)) == persona


@pytest.mark.parametrize(
    ("text", "line", "key", "reason"),
    [
        ("description = 1", 1, "description", "expected `str`"),
        ('description = "x"\nmagic = true', 2, "magic", "no such key"),
        ("a = = 1", 1, "", "is not TOML"),
        ("[ids]\n\nfirst = -1", 3, "ids.first", ">= 0"),
        ("[ids]\nfrist = 1", 2, "ids.frist", "no such key"),
        ('[ids]\nfirst = 1\nanswer = { base = "oct" }', 3, "ids.answer.base", "invalid enum"),
        ('[ids.answer]\nwidth = 99', 2, "ids.answer.width", "<= 40"),
        ("[ids]\nanswer = { absent = true }", 2, "ids.answer.absent", "no answer"),
        ('[[outcomes]]\n[[outcomes]]\nstate = "lost"', 3, "outcomes[1].state", "invalid enum"),
        ("[receipts]\ncopies = 0", 2, "receipts.copies", ">= 1"),
        ("[receipts]\ndelay_s = nan", 2, "receipts.delay_s", ">= 0"),
        ("[receipts]\nshuffle_s = inf", 2, "receipts.shuffle_s", "<="),
        ("[handset]\nback_after_s = 5", 2, "handset.back_after_s", "needs off or memory_full"),
        ("[submit]\nrefuse_share = 0.5", 2, "submit.refuse_share", "needs refuse_status"),
        ('[writing]\nencoding = "tlv_only"\nstate_tlv = false', 3, "writing.state_tlv", "nothing"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_key_and_reason(tmp_path, text, line, key, reason):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(PersonaProblem) as caught:
        load(path)
    problem = caught.value
    assert (problem.file, problem.line, problem.key) == (str(path), line, key)
    assert reason in problem.reason
    assert "\n" not in str(problem)


def test_a_persona_or_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(PersonaProblem, match="no such persona; there are before-answer, "):
        load("honset")
    with pytest.raises(PersonaProblem, match="No such file"):
        load(tmp_path / "nothing.toml")
    (tmp_path / "latin.toml").write_bytes(b'description = "\xe9"')
    with pytest.raises(PersonaProblem, match="is not UTF-8"):
        load(tmp_path / "latin.toml")
