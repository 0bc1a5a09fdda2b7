"""The page to try calls, in a real browser: what a person types, presses and reads there."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from support.asking import Caller, bound
from support.browser import PATIENCE_S, browser, console, need_browser
from support.gateways import GatewayProcess
from support.on_thread import LoopThread
from support.smsc import Smsc
from support.waiting import until

TO = "447700900000"
HOSTILE = "<script>window.ran = true</script><img src=x onerror='window.ran = true'>"
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
_NOT_YET = ("Nothing", "Waiting")

# For each call of the page: its fields that have no label, or are broader than a telephone.
_FAULTS = """
    const found = [], call = document.getElementById("call");
    for (const option of call.options) {
      call.value = option.value;
      call.dispatchEvent(new Event("change"));
      for (const input of document.querySelectorAll("input, select, textarea"))
        if (!input.labels.length || !input.labels[0].textContent.trim())
          found.push(`${option.text}: ${input.name} has no label`);
      if (document.documentElement.scrollWidth > window.innerWidth)
        found.push(`${option.text} is too broad`);
    }
    return [call.options.length, found];"""

# What slipped into the page would try: each is refused by the policy, which says so.
_INTRUDE = """
    const done = arguments[0], refused = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      refused.push(event.effectiveDirective);
      if (refused.length === 4) done([refused.sort(), window.ran ?? false]);
    });
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    const image = document.createElement("img");
    image.src = "/health";
    image.setAttribute("onerror", "window.ran = true");
    document.body.append(script, image);
    fetch("http://127.0.0.2:1/").catch(() => {});"""


class Page:
    """The page, opened anew, with the credentials of the gateway's account in it."""

    def __init__(self, driver: webdriver.Chrome, gateway: GatewayProcess) -> None:
        self.driver = driver
        driver.get(f"http://127.0.0.1:{gateway.http_port}/homing/v1/try")
        assert until(lambda: self.at("fields").text, PATIENCE_S), console(driver)
        self.write_credentials(gateway.api_key, gateway.api_secret)

    def at(self, name: str) -> Any:
        return self.driver.find_element(By.ID, name)

    def field(self, name: str) -> Any:
        return self.at("fields").find_element(By.NAME, name)

    def write_credentials(self, key: str, secret: str) -> None:
        for name, value in (("key", key), ("secret", secret)):
            self.at(name).clear()
            self.at(name).send_keys(value)

    def choose(self, call: str, **values: str) -> None:
        """A call, and what is written into its fields; `sender` is `from`."""
        Select(self.at("call")).select_by_visible_text(call)
        for name, value in values.items():
            self.field("from" if name == "sender" else name.replace("_", "-")).send_keys(value)

    def send(self) -> None:
        self.at("ask").find_element(By.TAG_NAME, "button").click()
        self.wait()

    def wait(self) -> None:
        assert until(lambda: not self.status.startswith(_NOT_YET), PATIENCE_S), self.status

    @property
    def status(self) -> str:
        return str(self.at("status").text)

    @property
    def answer(self) -> Any:
        """The body as it is shown, read."""
        return json.loads(self.at("body").text)

    def send_sms(self, text: str = "hello", **more: str) -> dict[str, str]:
        """The entry of its answer."""
        self.choose("POST /sms/json", sender="Acme", to=TO, text=text, **more)
        self.send()
        (entry,) = self.answer["messages"]
        return dict(entry)


@pytest.fixture(scope="module")
def smsc() -> Iterator[Smsc]:
    with LoopThread() as loop:
        yield loop.start(Smsc(words=("DELIVRD",)))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, smsc: Smsc) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("gateway"), smsc.port, 9) as gateway:
        gateway.start()
        assert bound(gateway)
        yield gateway
        assert gateway.stop() == 0


@pytest.fixture(scope="module")
def driver(tmp_path_factory) -> Iterator[webdriver.Chrome]:
    need_browser()
    with browser(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@pytest.fixture
def page(driver: webdriver.Chrome, gateway: GatewayProcess) -> Iterator[Page]:
    yield Page(driver, gateway)
    assert console(driver) == []


def test_a_message_is_sent_and_found(page, gateway):
    entry = page.send_sms(text="Grüße\nvon der Seite", client_ref="from the page")
    assert page.status.startswith("200 OK: ")
    assert (entry["status"], entry["to"], entry["client-ref"]) == ("0", TO, "from the page")
    assert "content-type: application/json" in page.at("headers").text
    caller = Caller(gateway)
    pair = f"api_key={gateway.api_key}&api_secret={gateway.api_secret}"
    found = caller.ask("GET", f"/search/message?id={entry['message-id']}&{pair}")
    caller.close()
    assert (found["to"], found["body"]) == (TO, "Grüße\nvon der Seite")
    page.choose("GET /search/message", id=entry["message-id"])
    page.send()
    assert page.answer["message-id"] == entry["message-id"]


def test_a_wrong_secret_shows_the_documented_status(page, gateway):
    page.write_credentials(gateway.api_key, "wrong")
    assert page.send_sms()["status"] == "4"


def test_our_own_api_takes_key_and_secret_by_basic(page, gateway):
    page.choose("GET /homing/v1/receipts")
    page.send()
    assert page.status.startswith("200 OK: ")
    assert page.at("answer-title").text == "Answer to GET /homing/v1/receipts"
    page.write_credentials(gateway.api_key, "wrong")
    page.send()
    assert page.status.startswith("401 Unauthorized: ")
    assert page.answer["code"] == "bad_credentials"
    (said,) = console(page.driver)
    assert "status of 401" in said


def test_markup_in_a_text_is_shown_and_not_run(page):
    entry = page.send_sms(text=HOSTILE)
    page.choose("GET /homing/v1/messages/{id}", id=entry["message-id"])
    page.send()
    assert HOSTILE in json.dumps(page.answer)
    assert HOSTILE in page.at("body").text
    assert page.driver.execute_script("return window.ran ?? false") is False


def test_a_header_that_a_call_takes_is_sent(page):
    first = page.send_sms(Idempotency_Key="once")
    page.send()
    assert page.answer["messages"] == [first]


def test_two_presses_at_once_send_one_message(page):
    page.choose("POST /sms/json", sender="Acme", to=TO, text="hello")
    page.driver.execute_script("for (const _ of '12') document.forms.ask.requestSubmit()")
    page.wait()
    asked = page.driver.execute_script(
        "return performance.getEntriesByType('resource').map((one) => one.name)"
    )
    assert [url.rpartition("/")[2] for url in asked] == ["openapi.json", "json"]


def test_a_json_body_begins_with_what_must_be_in_it(page):
    page.choose("POST /v1/messages")
    body = page.at("fields").find_element(By.CSS_SELECTOR, "textarea.json")
    written = json.loads(body.get_property("value"))
    assert {**written, "from": "", "to": "", "text": ""} == written
    body.clear()
    body.send_keys(json.dumps(written | {"from": "Acme", "to": TO, "text": "hello"}))
    page.send()
    assert page.status.startswith("202 Accepted: ")
    assert list(page.answer) == ["message_uuid"]


def test_a_gateway_that_does_not_answer_is_told_in_words(page):
    page.choose("GET /health")
    page.driver.set_network_conditions(offline=True, latency=0, throughput=0)
    try:
        page.send()
    finally:
        page.driver.delete_network_conditions()
    assert page.status.startswith("No answer. Is the gateway running?")
    assert not page.at("answered").is_displayed()
    (said,) = console(page.driver)
    assert "ERR_INTERNET_DISCONNECTED" in said


def test_the_keyboard_alone_is_enough(page):
    def here() -> Any:
        return page.driver.switch_to.active_element

    page.at("secret").click()
    here().send_keys(Keys.TAB)
    here().send_keys("POST /sms/j", Keys.TAB)
    seen = []
    values = {"from": "Acme", "to": TO, "text": "hello"}
    while (name := here().get_attribute("name")) and len(seen) < 50:
        seen.append(name)
        here().send_keys(values.get(name, ""), Keys.TAB)
    assert seen[:4] == ["from", "to", "type", "text"]
    assert here().text == "Send"
    here().send_keys(Keys.ENTER)
    page.wait()
    assert page.answer["messages"][0]["status"] == "0"
    here().send_keys(Keys.TAB)
    assert here().get_attribute("id") == "body"


def test_a_long_answer_scrolls_by_itself(page):
    page.choose("GET /homing/v1/openapi.json")
    page.send()
    shown, whole, window = page.driver.execute_script(
        "const body = document.getElementById('body');"
        " return [body.clientHeight, body.scrollHeight, window.innerHeight]"
    )
    assert shown < window < whole


def test_every_field_of_every_call_has_a_label_and_fits_a_telephone(page):
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    try:
        count, faults = page.driver.execute_script(_FAULTS)
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert count > 40
    assert faults == []


def test_secrets_are_typed_unseen(page):
    page.choose("POST /accounts/{api_key}/secrets")
    for field in (page.at("secret"), page.field("secret")):
        assert field.get_attribute("type") == "password"


def test_nothing_but_the_pages_own_script_runs(page):
    refused, has_run = page.driver.execute_async_script(_INTRUDE)
    assert refused == ["connect-src", "img-src", "script-src-attr", "script-src-elem"]
    assert has_run is False
    assert len(console(page.driver)) >= 4
