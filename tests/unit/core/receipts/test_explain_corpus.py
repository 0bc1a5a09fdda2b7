"""Everything that a carrier's receipt says is understood: every key of every line of the corpus."""

import pytest

from homing.core.receipts.explain import explain, explain_pdu
from homing.core.receipts.read import is_receipt, read
from support.corpus import RECIPIENT, SENDER, Row, deliver_of, line_of, pdu_of, read_rows

CORPUS = read_rows()
LINES = pytest.mark.parametrize("row", CORPUS, ids=range(1, len(CORPUS) + 1))


@LINES
def test_a_line_is_explained_with_every_key_that_the_corpus_expects(row: Row) -> None:
    explained = explain(line_of(row))
    wanted = row["expected"] | row.get("expected_extra", {}) | {"state": row["state"]}
    assert {key: explained[key] for key in wanted} == wanted
    assert explained.get("same_number_as") == row.get("same_number_as")


@LINES
def test_a_line_is_read_by_the_gateway_as_it_is_explained(row: Row) -> None:
    deliver = deliver_of(row)
    assert is_receipt(deliver)
    receipt = read(deliver)
    expected = row["expected"]
    assert (receipt.id, receipt.stat, receipt.err) == tuple(
        expected[name] or "" for name in ("id", "stat", "err")
    )
    assert receipt.state.name.lower() == row["state"]
    assert (receipt.recipient, receipt.sender) == (RECIPIENT.decode(), SENDER.decode())


@LINES
def test_text_and_pdu_of_a_line_say_the_same_where_no_tlv_speaks(row: Row) -> None:
    if row.get("pdu", {}).get("tlv"):
        assert explain(line_of(row)) == explain_pdu(pdu_of(row))
        return
    bare = explain(row["raw"].encode())
    whole = explain_pdu(pdu_of(row))
    for key in (*row["expected"], "state", "level", "problems"):
        assert bare[key] == whole[key], key


def test_the_corpus_is_whole() -> None:
    assert len(CORPUS) == 81
    assert sum("pdu" in row for row in CORPUS) == 20
