"""What runs the guides: a page that says something wrong must not pass."""

from pathlib import Path

import pytest

from docs.guide import Guide, mask


def run(folder: Path, page: str) -> int:
    file = folder / "page.md"
    file.write_text(page, encoding="utf-8")
    return Guide(file, folder).run()


def test_a_page_that_tells_the_truth_passes(tmp_path):
    page = "```bash\necho one\n```\n\nIt says:\n\n<!-- guide: output -->\n```text\none\n```\n"
    assert run(tmp_path, page) == 2


@pytest.mark.parametrize(
    "page",
    [
        "```bash\necho one\n```\n<!-- guide: output -->\n```text\ntwo\n```\n",
        '```bash\necho "{}"\n```\n<!-- guide: output -->\n```json\n{"a": "b"}\n```\n',
        "```bash\nfalse\n```\n",
        "```text\nnobody knows what this is\n```\n",
        "<!-- guide: start a -->\n```bash\necho one\n```\n"
        "<!-- guide: output of a -->\n```text\none\ntwo\n```\n",
        "<!-- guide: no such rule -->\n\nwords\n",
    ],
)
def test_a_page_that_does_not_fails(tmp_path, page):
    with pytest.raises(AssertionError):
        run(tmp_path, page)


def test_what_one_block_exports_the_next_one_has(tmp_path):
    page = "```bash\nexport WORD=one\n```\n```bash\necho $WORD\n```\n"
    assert run(tmp_path, page + "<!-- guide: output -->\n```text\none\n```\n") == 3


def test_only_ids_times_and_ports_are_masked():
    assert mask("037C1C7E510001EA 0.0333 447700900000") == "<id> 0.0333 447700900000"
    assert mask("2026-11-24 22:09:36.070  accepted") == mask("2027-01-01 00:00:00.001  accepted")
    assert mask("http://127.0.0.1:8080/sms/json") != mask("http://127.0.0.1:8080/sms/xml")
