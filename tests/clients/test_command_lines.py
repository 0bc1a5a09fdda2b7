"""The real `nexmo` and `vonage` command lines against us, and the guide's Express program."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from clients.libraries import NEXMO_CLI, VONAGE_CLI
from clients.site import BALANCE, Site
from homing.core.model.account import Number
from processes import free_port, wait_for_port
from support.client_peers import MODULES, NODE, Facts, bare_environment, need_client
from support.node_peers import NODE as EXPRESS
from support.node_peers import need_node_package
from support.waiting import until

TEXT = "A text message sent using the Vonage SMS API"
TO = "447700900000"
LINES = (
    r"Message sent to:   447700900000\n"
    r"Remaining balance: (\d+\.\d{8}) EUR\n"
    r"Message price:     (\d+\.\d{8}) EUR\n"
)
NUMBER = "447700900900"
by_nexmo, by_vonage = map(pytest.mark.peer.with_args, (NEXMO_CLI, VONAGE_CLI))
cell = pytest.mark.cell


@dataclass
class Shell:
    """Where one of the two is typed: a home of its own, the shim before the program."""

    home: Path
    host: str
    program: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment: Mapping[str, str] = {
            **bare_environment(), "HOME": str(self.home), "HOMING_HOST": self.host,
            "XDG_CONFIG_HOME": str(self.home / ".config"), "XDG_CACHE_HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home), "NODE_OPTIONS": f"-r {NODE / 'shim.js'}",
        }  # fmt: skip
        return subprocess.run(
            ["node", str(self.program), *words], cwd=self.home, env=environment,
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip


@pytest.fixture
def facts(http_site: Site) -> Facts:
    return http_site.add_account()


@pytest.fixture
def nexmo(tmp_path: Path, http_site: Site, facts: Facts) -> Shell:
    need_client(NEXMO_CLI.name, NEXMO_CLI.version())
    shell = Shell(tmp_path, http_site.host, MODULES / "nexmo-cli" / "lib" / "bin.js")
    pair = f"api_key={facts['api_key']}\napi_secret={facts['api_secret']}\n"
    (tmp_path / ".nexmorc").write_text(f"[credentials]\n{pair}", encoding="utf-8")
    return shell


@pytest.fixture
def vonage(tmp_path: Path, http_site: Site, facts: Facts) -> Shell:
    need_client(VONAGE_CLI.name, VONAGE_CLI.version())
    folder = tmp_path / ".config" / "@vonage" / "cli"
    folder.mkdir(parents=True)
    pair = {"apiKey": facts["api_key"], "apiSecret": facts["api_secret"]}
    (folder / "vonage.config.json").write_text(json.dumps(pair), encoding="utf-8")
    return Shell(tmp_path, http_site.host, MODULES / "@vonage" / "cli" / "bin" / "run.cjs")


@pytest.fixture
def express(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The program of the guide: its port, and the file with what it printed."""
    need_node_package("express")
    port, out = free_port(), tmp_path / "express.out"
    with out.open("w") as sink:
        process = subprocess.Popen(
            ["node", "receiver.js"], cwd=EXPRESS, stdout=sink, stderr=sink, text=True,
            env={**os.environ, "PORT": str(port)},
        )  # fmt: skip
        wait_for_port(port, process=process, name="express")
        yield port, out
        process.kill()
        process.wait(10)


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@by_nexmo
@cell("sms, one part")
def test_the_command_of_the_guide_prints_its_lines_and_express_gets_the_receipt(
    nexmo: Shell, http_site: Site, facts: Facts, express: tuple[int, Path]
) -> None:
    port, out = express
    http_site.set(facts, webhook_url=f"http://127.0.0.1:{port}/webhooks/delivery-receipt")
    told = re.fullmatch(LINES, said(nexmo.run("sms", TO, TEXT, "--confirm")))
    assert told is not None
    assert Decimal(told[1]) == Decimal(BALANCE) - Decimal(told[2])
    assert until(lambda: "status: 'delivered'" in out.read_text(), 10.0), out.read_text()
    assert f"msisdn: '{TO}'" in out.read_text()
    assert "to: 'Nexmo CLI'" in out.read_text()
    assert f"'api-key': '{facts['api_key']}'" in out.read_text()
    assert TEXT in http_site.simulator.shown(TO)


@by_nexmo
@cell("sms, long")
def test_of_a_long_message_it_shows_the_first_part(nexmo: Shell) -> None:
    assert re.fullmatch(LINES, said(nexmo.run("sms", TO, "long " * 100, "--confirm")))


@by_nexmo
@cell("sms, refused")
def test_a_refused_message_is_three_lines_without_values(nexmo: Shell) -> None:
    """Its own fault: it looks at no status. `homing sms` says the truth."""
    told = said(nexmo.run("sms", "8801700900000", TEXT, "--confirm"))
    assert "undefined" in told


@by_nexmo
@cell("balance")
def test_nexmo_setup_and_balance(nexmo: Shell, facts: Facts) -> None:
    (nexmo.home / ".nexmorc").unlink()
    told = nexmo.run("setup", facts["api_key"], facts["api_secret"])
    assert "Credentials written to" in told.stdout
    assert said(nexmo.run("balance")) == "10 EUR\n"


@by_nexmo
@cell("balance")
def test_nexmo_says_that_credentials_are_wrong(nexmo: Shell) -> None:
    told = nexmo.run("setup", "abcd1234", "Wrong0123456")
    assert told.returncode == 1
    assert "authentication failed" in told.stdout + told.stderr


@by_nexmo
@cell("price of a number")
def test_nexmo_prices_a_number(nexmo: Shell) -> None:
    assert re.fullmatch(r"\d+\.\d+ EUR\n", said(nexmo.run("price:sms", TO)))


@by_nexmo
@cell("price of a country")
def test_nexmo_asks_for_a_country_in_the_wrong_place_and_is_answered(
    nexmo: Shell, http_site: Site, facts: Facts
) -> None:
    """It puts the country where the type belongs, and prints nothing whatever comes back."""
    assert said(nexmo.run("price:country", "GB")) == ""
    found = http_site.get(facts, "/account/get-pricing/outbound/GB?country=")
    assert found["countryCode"] == "GB"


@by_nexmo
@cell("numbers")
def test_nexmo_lists_links_and_unlinks_a_number(
    nexmo: Shell, http_site: Site, facts: Facts
) -> None:
    http_site.choose(facts, numbers=(Number(NUMBER, "GB"),))
    assert NUMBER in said(nexmo.run("numbers:list"))
    assert said(nexmo.run("link:sms", NUMBER, http_site.hook_url)) == "Number updated\n"
    (linked,) = http_site.account(facts).options.numbers
    assert linked.inbound_url == http_site.hook_url
    assert said(nexmo.run("unlink:sms", NUMBER)) == "Number updated\n"
    (unlinked,) = http_site.account(facts).options.numbers
    assert not unlinked.inbound_url


@by_vonage
@cell("sms, one part")
def test_vonage_sends_though_it_cannot_read_any_answer(vonage: Shell, http_site: Site) -> None:
    """This version takes every answer for text, the hosted platform's too, and ends in an error."""
    told = vonage.run("sms", f"--to={TO}", "--from=Acme", "--message=Hello there")
    assert "TypeError" in told.stderr
    assert until(lambda: "Hello there" in http_site.simulator.shown(TO), 10.0)


@by_vonage
@cell("balance")
def test_vonage_shows_the_balance(vonage: Shell) -> None:
    assert "Current balance: 10.00 EUR" in vonage.run("balance").stdout
