"""Countries on a gateway as it is run: twenty of all kinds of receipts, an operator's file, what
people are told. The list of the twenty is written from two sources each, not from our table."""

import csv
import http.client
import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from support.gateways import GatewayProcess
from support.smsc_thread import SmscThread

TWENTY = list(
    csv.DictReader(
        (Path(__file__).parents[1] / "vectors" / "countries_twenty.csv").read_text().splitlines()
    )
)
SENDERS = {"letters": "Acme", "digits": "447700900001"}
LEVELS = {
    "carrier": "a `delivered` is the carrier's word alone",
    "none": "receipts prove nothing there",
}
OWN = "iso2,dlr_kind,sender_alpha,notes\nUS,handset,yes,by contract\n"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("countries")
    with SmscThread() as smsc, GatewayProcess(folder, smsc.port, 9) as found:
        found.start()
        yield found
        assert found.stop() == 0


def submit(gateway: GatewayProcess, sender: str, to: str, **more: str) -> tuple[dict, str]:
    """The first entry of the answer, and its notice header."""
    form = {"api_key": gateway.api_key, "api_secret": gateway.api_secret,
            "from": sender, "to": to, "text": "hello", **more}  # fmt: skip
    connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=20)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sms/json", urlencode(form), kind)
    answer = connection.getresponse()
    entry = json.loads(answer.read())["messages"][0]
    connection.close()
    return entry, answer.headers.get("x-homing-notice", "")


def ask(gateway: GatewayProcess, path: str) -> dict:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=20)
    pair = b64encode(f"{gateway.api_key}:{gateway.api_secret}".encode()).decode()
    connection.request("GET", path, headers={"Authorization": f"Basic {pair}"})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    assert answer.status == 200, told
    return told


def test_the_list_has_twenty_countries_of_every_kind_of_receipts() -> None:
    assert len({row["country"] for row in TWENTY}) == 20
    assert {row["receipts"] for row in TWENTY} == {"handset", "carrier", "none", "unknown"}
    assert all(row["source_1"] and row["source_2"] for row in TWENTY)


@pytest.mark.parametrize("kind", list(SENDERS))
@pytest.mark.parametrize("row", TWENTY, ids=[row["country"] for row in TWENTY])
def test_a_submit_shows_the_rule_and_the_level_of_its_country(
    gateway: GatewayProcess, row: dict[str, str], kind: str
) -> None:
    entry, notice = submit(gateway, SENDERS[kind], row["recipient"])
    if row[kind] == "refused":
        assert entry["status"] == "15"
        assert f"{row['country']} (" in entry["error-text"], "the country is named"
        assert f"takes no sender of {kind}" in entry["error-text"], "the rule is named"
        assert notice == ""
        return
    assert entry["status"] == "0", entry
    assert ("sender" in notice) == (row[kind] == "told"), notice
    for receipts, words in LEVELS.items():
        assert (words in notice) == (row["receipts"] == receipts), notice
    if notice:
        assert f"{row['country']} (" in notice
    assert ask(gateway, f"/homing/v1/countries/{row['country']}")["receipts"] == row["receipts"]


def test_a_country_says_by_command_and_api_who_says_so(gateway: GatewayProcess) -> None:
    told = ask(gateway, "/homing/v1/countries/GB")
    made = gateway.homing("countries", "gb", "--json")
    assert json.loads(made.stdout) == told
    page = gateway.homing("countries", "US")
    assert page.returncode == 0
    assert "/conversions/sms" in page.stdout
    assert "govuk-notify" in page.stdout
    listed = gateway.homing("countries").stdout.splitlines()
    assert len(listed) == 1 + len(ask(gateway, "/homing/v1/countries")["countries"])
    nowhere = gateway.homing("countries", "QQ")
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    assert "QQ" in nowhere.stderr


def test_the_message_itself_says_what_becomes_of_it(gateway: GatewayProcess) -> None:
    entry, _ = submit(gateway, "Acme", "5491123456789")
    notes = ask(gateway, f"/homing/v1/messages/{entry['message-id']}")["notes"]
    assert len(notes) == 2
    assert all(note.startswith("AR (Argentina): ") for note in notes)
    shown = gateway.homing("show", entry["message-id"]).stdout
    assert [line for line in shown.splitlines() if line.startswith("note ")] == [
        f"note      {note}" for note in notes
    ]
    entry, _ = submit(gateway, "Acme", "4915123456789")
    assert ask(gateway, f"/homing/v1/messages/{entry['message-id']}")["notes"] == []


def test_homing_sms_says_it_before_the_receipts(gateway: GatewayProcess) -> None:
    own = ("--api-key", gateway.api_key, "--api-secret", gateway.api_secret)
    made = gateway.homing("sms", "5491123456789", "hello", *own)
    assert made.returncode == 0, made.stderr
    lines = made.stdout.splitlines()
    notes = [at for at, line in enumerate(lines) if line.startswith("note: AR (Argentina): ")]
    receipts = [at for at, line in enumerate(lines) if "delivered  (" in line]
    assert len(notes) == 2
    assert max(notes) < min(receipts), made.stdout
    told = json.loads(gateway.homing("sms", "5491123456789", "hello", *own, "--json").stdout)
    assert len(told["notes"]) == 2


def test_the_xml_answer_and_a_get_have_the_notice_too(gateway: GatewayProcess) -> None:
    query = {"api_key": gateway.api_key, "api_secret": gateway.api_secret,
             "from": "Acme", "to": "5491123456789", "text": "hello"}  # fmt: skip
    for target in (f"/sms/xml?{urlencode(query)}", f"/sms/xml?{urlencode(query)}#x"):
        connection = http.client.HTTPConnection("127.0.0.1", gateway.http_port, timeout=20)
        connection.request("GET", target)
        answer = connection.getresponse()
        assert b"<status>0</status>" in answer.read()
        assert answer.headers["x-homing-notice"].startswith("AR (Argentina): ")
        connection.close()


def test_names_lose_their_accents_in_the_header_alone(gateway: GatewayProcess) -> None:
    _, notice = submit(gateway, "Acme", "905321234567")
    assert notice.startswith("TR (Turkiye): ")


def test_an_operators_rows_decide_and_a_reload_reads_them_again(tmp_path) -> None:
    with SmscThread() as smsc:
        found = GatewayProcess(tmp_path, smsc.port, 9, more='[countries]\nfile = "own.csv"\n')
        own = tmp_path / "own.csv"
        own.write_text(OWN)
        with found as gateway:
            gateway.start()
            entry, notice = submit(gateway, "Acme", "12025550123")
            assert (entry["status"], notice) == ("0", "")
            assert ask(gateway, "/homing/v1/countries/US")["notes"] == "by contract"
            own.write_text("iso2,sender_alpha\nUS,maybe\n")
            broken = gateway.homing("reload")
            assert broken.returncode != 0
            for word in ("own.csv", "line 2", "sender_alpha", "must be one of"):
                assert word in broken.stderr
            assert submit(gateway, "Acme", "12025550123")[0]["status"] == "0", "nothing changed"
            own.write_text("iso2\n")
            assert gateway.homing("reload").returncode == 0
            assert submit(gateway, "Acme", "12025550123")[0]["status"] == "15"
            assert gateway.stop() == 0


def test_a_gateway_does_not_start_with_a_broken_file(tmp_path) -> None:
    gateway = GatewayProcess(tmp_path, 9, 9, more='[countries]\nfile = "own.csv"\n')
    (tmp_path / "own.csv").write_text("iso2,dlr_kind\nUS,sometimes\n")
    made = gateway.homing("serve")
    assert made.returncode == 2
    assert "own.csv, line 2: dlr_kind" in made.stderr
    assert "Traceback" not in made.stderr
