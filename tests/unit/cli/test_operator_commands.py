"""`show`, `receipts`, `carriers`, `reload`, `store`: what they ask and what they print."""

import json

import msgspec

from homing.core.model.lifecycle import State
from homing.runtime.views import BindView, CarrierView, ReloadReport
from homing.store.contract import StoreInfo
from homing.store.pages import ReceiptPage
from unit.cli.stories import FIRST, part, receipt, story

INFO = StoreInfo(
    path="/x/homing.db", schema_version=1, octets=5_000_000, wal_octets=0, messages=2, parts=3,
    receipts=4, receipts_unmatched=1, notifications=5, notifications_waiting=0,
    oldest_message_at_ms=0,
)  # fmt: skip


def test_show_is_a_page_or_an_object(run, scripted):
    told = story(part(state=State.DELIVERED, receipts=[receipt(1, State.DELIVERED)]))
    scripted.answers["GET", "/homing/v1/messages/77"] = (200, msgspec.json.encode(told))
    assert "part 1 of 1  0A0000000123ABC1  delivered" in run("show", "77").stdout
    shown = json.loads(run("show", "77", "--json").stdout)
    assert shown["parts"][0]["id"] == "0A0000000123ABC1"


def test_show_of_nothing_is_1(run, scripted):
    none = {"code": "unknown_message", "message": "no", "param": "id"}
    scripted.answers["GET", "/homing/v1/messages/77"] = (404, none)
    assert run("show", "77").exit_code == 1


def test_receipts_are_followed_by_cursor_and_unmatched_ones_have_their_reason(run, scripted):
    unmatched = receipt(2, State.DELIVERED, part_id=None, message_id=None, reason="unknown id")
    pages = [
        ReceiptPage([receipt(1, State.ACCEPTED)], FIRST + 101),
        ReceiptPage([unmatched], FIRST + 102),
    ]
    scripted.answers["GET", "/homing/v1/receipts"] = lambda: (
        200, msgspec.json.encode(pages.pop(0)),
    )  # fmt: skip
    lines = run("receipts", "follow", "--all", "--count", "2").stdout.splitlines()
    assert "0A0000000123ABC1  handset  accepted" in lines[0]
    assert lines[1].endswith("unmatched: unknown id")
    assert [asked[2] for asked in scripted.asked] == [
        "after=0000000000000000&limit=2", f"after={FIRST + 101:016X}&limit=1",
    ]  # fmt: skip


def test_receipts_for_machines_are_lines_of_json(run, scripted):
    page = ReceiptPage([receipt(1, State.DELIVERED)], 1)
    scripted.answers["GET", "/homing/v1/receipts"] = (200, msgspec.json.encode(page))
    done = run("receipts", "follow", "--count", "1", "--json")
    shown = json.loads(done.stdout)
    assert (shown["part_id"], shown["state"]) == ("0A0000000123ABC1", "delivered")


def test_carriers_show_binds_and_the_trouble_of_those_that_are_down(run, scripted):
    binds = [
        BindView("transceiver", "up", 1, 3, ""),
        BindView("transceiver", "down", 0, 0, "no\x1b"),
    ]
    view = CarrierView("north", "a:1", "up", binds, 100, None, "resend", 7, 3, True, 0.0, {})
    body = msgspec.json.encode({"carriers": [view]})
    scripted.answers["GET", "/homing/v1/carriers"] = (200, body)
    out = run("carriers").stdout
    for words in ("1 of 2", "3 of 200", "7, more in the store", "no limit"):
        assert words in out
    assert "north, bind 1 (transceiver): no\\x1b" in out
    assert json.loads(run("carriers", "--json").stdout)["carriers"][0]["name"] == "north"


def test_reload_says_what_changed(run, scripted):
    report = ReloadReport(["south"], [], [], ["north"], ["http"])
    scripted.answers["POST", "/homing/v1/reload"] = (200, msgspec.json.encode(report))
    assert run("reload").stdout.splitlines() == [
        "added: south", "changed, binds kept: north", "takes effect at the next start: http",
    ]  # fmt: skip
    report = ReloadReport([], [], [], [], [])
    scripted.answers["POST", "/homing/v1/reload"] = (200, msgspec.json.encode(report))
    assert run("reload").stdout == "read; no carrier changed\n"


def test_reload_needs_a_gateway(run, tmp_path):
    config = tmp_path / "homing.toml"
    config.write_text(f'[store]\nurl = "sqlite://{tmp_path}/homing.db"\n')
    done = run("reload", "--config", config)
    assert done.exit_code == 2
    assert "no gateway answers" in done.stderr


def test_the_store_of_a_running_gateway_is_copied_by_it(run, scripted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scripted.answers["POST", "/homing/v1/store/backup"] = (200, {})
    scripted.answers["GET", "/homing/v1/store"] = (200, msgspec.json.encode(INFO))
    assert run("store", "backup", "copy.db").exit_code == 0
    assert json.loads(scripted.asked[-1][3]) == {"path": str(tmp_path / "copy.db")}
    assert "size      5.0 MB" in run("store", "info").stdout
    assert json.loads(run("store", "info", "--json").stdout)["parts"] == 3


def test_a_backup_writes_over_nothing_and_needs_its_folder(run, scripted, tmp_path):
    (tmp_path / "there.db").write_text("mine")
    for name in ("there.db", "none/copy.db"):
        done = run("store", "backup", tmp_path / name)
        assert done.exit_code == 2
    assert scripted.asked == []


def test_the_store_of_a_stopped_gateway_is_opened(run, tmp_path):
    config = tmp_path / "homing.toml"
    config.write_text(f'[store]\nurl = "sqlite://{tmp_path}/homing.db"\n')
    assert run("store", "info", "--config", config).exit_code == 2
    run("accounts", "add", "acme", "--config", config)
    assert json.loads(run("store", "info", "--json", "--config", config).stdout)["messages"] == 0
    assert run("store", "backup", tmp_path / "copy.db", "--config", config).exit_code == 0
    assert (tmp_path / "copy.db").stat().st_size > 0


def test_a_folder_that_is_none_of_ours_is_a_sentence(run, tmp_path):
    done = run("accounts", "list", "--data", tmp_path)
    assert done.exit_code == 2
    assert "is no folder of `homing up --data`" in done.stderr


def test_bad_settings_name_file_line_and_key(run, tmp_path):
    config = tmp_path / "homing.toml"
    config.write_text('[http]\nlisten = "127.0.0.1:8080"\nlissen = 1\n')
    for command in (("serve",), ("accounts", "list"), ("reload",), ("store", "info")):
        done = run(*command, "--config", config)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == f"homing: {config}, line 3: http.lissen: no such setting\n"
