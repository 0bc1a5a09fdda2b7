"""Message texts, secrets and whole numbers reach no log line and no metric, whatever goes wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import pytest

from processes import first_line, start
from support.asking import Caller, add_account, bound, metric, metrics
from support.gateways import GatewayProcess
from support.hooks import Hook
from support.moody_smsc import MoodySmsc, delivery
from support.on_thread import LoopThread
from support.waiting import until

ODD = [sys.executable, str(Path(__file__).parents[1] / "support" / "odd_gateway.py")]
TEXT = "Zebrafinch quartz vexes"
CYRILLIC = "Подъезд съёмки"
TOKENS = ("tok-account-8f3a91", "tok-callback-5b77e2", "tok-refused-c0ffee")
BIND_PASSWORD = "bp4Xw9zQ"
WRONG_SECRET = "Wr0ngSecret1234"
NUMBERS = [str(447_700_931_000 + number) for number in range(40)]
SENDER_NUMBER = "447700987654"


def needles(*secrets: str) -> list[bytes]:
    words = [TEXT, CYRILLIC, "Zebrafinch", BIND_PASSWORD, WRONG_SECRET, SENDER_NUMBER,
             *TOKENS, *NUMBERS, *secrets]  # fmt: skip
    found = [word.encode() for word in words]
    found += [CYRILLIC.encode("utf-16-be"), ascii(CYRILLIC).encode()]
    return found


def leaks(octets: bytes, *secrets: str) -> list[bytes]:
    """Lines that say what no line may say."""
    return [
        line for line in octets.splitlines() if any(needle in line for needle in needles(*secrets))
    ]


def garbage(port: int, caller: Caller) -> None:
    """Broken requests that carry what must not be logged."""
    query = urlencode({"api_key": caller.api_key, "api_secret": caller.api_secret,
                       "to": NUMBERS[30], "from": SENDER_NUMBER, "text": TEXT})  # fmt: skip
    for octets in (
        f"GET /sms/json?{query} HTTP/9.9\r\n\r\n".encode(),
        f"GET /nowhere?{query} HTTP/1.1\r\nHost: h\r\n\r\n".encode(),
        f"POST /sms/json?{query} HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n".encode(),
        f"POST /sms/json HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n{query}".encode(),
        f"PUT /sms/xml?{query} HTTP/1.1\r\nHost: h\r\n\r\n".encode(),
        f"POST /sms/json HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        f'Content-Length: 40\r\n\r\n{{"text": "{TEXT}", "to": '.encode(),
        TEXT.encode() + b"\xff\x00\r\n\r\n" + NUMBERS[31].encode(),
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
            peer.sendall(octets)
            peer.shutdown(socket.SHUT_WR)
            peer.settimeout(3)
            try:
                while peer.recv(65536):
                    pass
            except OSError:
                pass


def refusals(caller: Caller) -> None:
    wrong = Caller(caller.gateway, caller.api_key, WRONG_SECRET)
    assert wrong.send("Acme", NUMBERS[1], TEXT)["status"] == "4"
    wrong.close()
    for more in (
        {"to": NUMBERS[2] + "123456789"},
        {"to": f"+{NUMBERS[2]}x"},
        {"text": ""},
        {"ttl": TEXT},
        {"type": TEXT},
        {"sender": TEXT + TEXT},
        {"callback": f"ftp://user:{TOKENS[2]}@127.0.0.1/{NUMBERS[3]}"},
        {"callback": f"http://127.0.0.1/\r\n{TOKENS[2]}"},
    ):
        given = {"sender": "Acme", "to": NUMBERS[2], "text": TEXT} | more
        assert caller.send(**given)["status"] != "0", more


def traffic(caller: Caller, dead_port: int) -> None:
    for number, (text, more) in enumerate(
        [
            (TEXT, {}),
            (CYRILLIC, {"type": "unicode"}),
            (TEXT * 20, {}),
            (TEXT, {"callback": f"http://127.0.0.1:{dead_port}/cb?token={TOKENS[1]}"}),
            (TEXT, {"callback": f"https://127.0.0.1:{dead_port}/cb?token={TOKENS[1]}"}),
            (TEXT, {"callback": f"http://10.1.2.3/cb?token={TOKENS[1]}"}),
            (TEXT, {"callback": f"http://no-such-host.invalid/cb?token={TOKENS[1]}"}),
        ]
    ):
        entry = caller.send(SENDER_NUMBER, NUMBERS[10 + number], text, **more)
        assert entry["status"] == ("23" if "10.1.2.3" in more.get("callback", "") else "0")
    assert caller.send("Refused", NUMBERS[20], TEXT)["status"] == "0"
    query = urlencode({"api_key": caller.api_key, "api_secret": caller.api_secret,
                       "to": NUMBERS[21], "from": SENDER_NUMBER, "text": TEXT})  # fmt: skip
    assert caller.ask("GET", f"/sms/json?{query}")["messages"][0]["status"] == "0"


def nonsense() -> list[bytes]:
    """`deliver_sm` bodies: an inbound message, broken receipts, a body cut off."""
    whole = delivery(NUMBERS[33], SENDER_NUMBER, f"id:nobody {TEXT}".encode())
    return [
        delivery(NUMBERS[32], SENDER_NUMBER, TEXT.encode(), esm_class=0),
        whole,
        whole[:20],
        whole[:-5],
        delivery(NUMBERS[34], "", f"id: stat:{TEXT} done date:{NUMBERS[34]}".encode()),
    ]


def reload(gateway: GatewayProcess, settings: str) -> None:
    """By signal, so that what is wrong is told in the log; returns when it is told."""
    assert gateway.child is not None
    log = gateway.folder / "homing.err"
    before = len(log.read_text().splitlines())
    gateway.config.write_text(settings)
    gateway.child.process.send_signal(signal.SIGHUP)
    assert until(lambda: len(log.read_text().splitlines()) > before)


@pytest.mark.timeout(120)
def test_no_log_line_and_no_metric_of_serve_tells_a_text_a_secret_or_a_number(
    tmp_path, monkeypatch
):
    sickness = tmp_path / "sickness"
    monkeypatch.setenv("HOMING_TEST_TALKS", "1")
    monkeypatch.setenv("HOMING_TEST_STORE", str(sickness))
    with LoopThread() as loop:
        hook, dead = loop.start(Hook("echo")), loop.start(Hook("reset"))
        smsc = loop.start(MoodySmsc(refused_senders={"Refused"}))
        with GatewayProcess(
            tmp_path, smsc.port, hook.port, "response_timeout_s = 3", module=ODD
        ) as gateway:
            text = gateway.config.read_text()
            gateway.config.write_text(text.replace('"pw"', f'"{BIND_PASSWORD}"'))
            url = f"http://127.0.0.1:{hook.port}/in?token={TOKENS[0]}"
            caller = add_account(gateway, "private", url, "GET")
            gateway.start()
            assert bound(gateway)
            assert gateway.child is not None
            refusals(caller)
            traffic(caller, dead.port)
            garbage(gateway.http_port, caller)
            loop.call(smsc.say, nonsense())
            assert until(lambda: len(smsc.nonsense_statuses) >= 4)
            assert until(lambda: len(hook.seen) >= 3)
            assert until(lambda: metric(gateway, "attempts") >= 6)

            sickness.write_text("read only")
            assert caller.send(SENDER_NUMBER, NUMBERS[35], TEXT)["status"] == "5"
            loop.call(smsc.say, nonsense())
            assert until(lambda: 0x64 in smsc.nonsense_statuses)
            sickness.write_text("")

            changed = gateway.homing("accounts", "set", caller.api_key, "--webhook", f"{url}&again")
            assert changed.returncode == 0, changed.stderr
            whole = text.replace('"pw"', f'"{BIND_PASSWORD}"')
            reload(gateway, f'{whole}\n[carriers.north]\npassword = "{BIND_PASSWORD}" "\n')
            reload(gateway, whole.replace(BIND_PASSWORD, BIND_PASSWORD * 2))
            reload(gateway, f"{whole}\n[retention]\n")
            gateway.homing("reload")
            loop.call(smsc.flap)
            assert until(lambda: metric(gateway, "links_bound") >= 2)
            shown = metrics(gateway)
            caller.close()
            assert gateway.stop() == 0
        log = (tmp_path / "homing.err").read_bytes()
        secrets = (caller.api_secret, gateway.api_secret)
        assert b"cannot commit" in log
        assert b"nothing changed" in log, "the broken settings were not even read"
        assert leaks(log, *secrets) == []
        assert b"homing_messages_accepted" in shown.encode()
        assert leaks(shown.encode(), *secrets) == []


@pytest.mark.timeout(60)
def test_no_log_line_of_up_tells_a_text_a_secret_or_a_number(tmp_path, monkeypatch):
    monkeypatch.setenv("HOMING_TEST_TALKS", "1")
    for name in ("HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    command = [*ODD, "up", "--json", "--port", "0", "--speed", "100"]
    command += ["--webhook", f"http://127.0.0.1:9/in?token={TOKENS[0]}"]
    child = start("up", command, tmp_path)
    try:
        place = json.loads(first_line(child))
        for number, secret in ((NUMBERS[0], place["api_secret"]), (NUMBERS[1], WRONG_SECRET)):
            form = {"api_key": place["api_key"], "api_secret": secret, "from": SENDER_NUMBER,
                    "to": number, "text": TEXT}  # fmt: skip
            url = f"{place['url'].removesuffix('/sms/json')}/sms/json?{urlencode(form)}"
            with urllib.request.urlopen(url, timeout=10) as answer:
                status = json.loads(answer.read())["messages"][0]["status"]
            assert status == ("4" if secret == WRONG_SECRET else "0")
        environment = {**os.environ}
        told = subprocess.run(
            [*ODD, "sms", NUMBERS[2], TEXT], capture_output=True, timeout=40, env=environment,
            check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr
    finally:
        child.stop()
    log = (tmp_path / "up.err").read_bytes()
    assert leaks(log, place["api_secret"]) == []
