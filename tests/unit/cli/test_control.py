"""The client of our own API: what it sends, and what it makes of bad answers."""

import socket
from base64 import b64decode
from pathlib import Path

import pytest

from homing.cli.control import Control, NotRunning, Refused
from homing.cli.problems import Sentence


def error(code: str, message: str, param: str | None = None) -> dict[str, object]:
    return {"type": "t", "code": code, "message": message, "param": param}


def test_it_asks_over_the_socket(scripted):
    scripted.answers["GET", "/homing/v1/accounts"] = (200, {"accounts": [{"api_key": "k"}]})
    assert Control(socket_path=scripted.path).accounts() == [{"api_key": "k"}]


def test_a_refusal_is_the_gateways_own_words_and_names_the_parameter_once(scripted):
    control = Control(socket_path=scripted.path)
    scripted.answers["POST", "/homing/v1/reload"] = (
        422,
        error("invalid_settings", "is odd", "a.b"),
    )
    with pytest.raises(Refused, match=r"^a\.b: is odd$"):
        control.reload()
    scripted.answers["POST", "/homing/v1/reload"] = (422, error("c", "a.b is odd", "a.b"))
    with pytest.raises(Refused, match=r"^a\.b is odd$"):
        control.reload()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b"{}"])
def test_an_error_that_is_not_ours_is_still_a_sentence(scripted, body):
    scripted.answers["GET", "/homing/v1/store"] = (502, body)
    with pytest.raises(Refused, match="HTTP status 502"):
        Control(socket_path=scripted.path).store_info()


def test_a_message_that_is_not_there_is_none(scripted):
    scripted.answers["GET", "/homing/v1/messages/00"] = (404, error("unknown_message", "no"))
    assert Control(socket_path=scripted.path).message("00") is None


def test_an_id_cannot_leave_its_place_in_the_path(scripted):
    with pytest.raises(Refused):
        Control(socket_path=scripted.path).message("../reload?x#y")
    assert scripted.asked[0][1] == "/homing/v1/messages/..%2Freload%3Fx%23y"


def test_nobody_there_is_not_running(tmp_path):
    control = Control(socket_path=tmp_path / "none.sock")
    assert not control.is_up()
    with pytest.raises(NotRunning, match="no gateway answers at"):
        control.carriers()


def test_a_dead_socket_is_not_running(tmp_path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "d.sock"))
    assert not Control(socket_path=tmp_path / "d.sock").is_up()


def test_a_path_that_no_socket_can_have_is_a_sentence():
    with pytest.raises(Sentence, match="too long"):
        Control(socket_path=Path("/" + "x" * 200))


@pytest.mark.parametrize("url", ["ftp://a", "http://", "http://[::1", "http://a:99999"])
def test_a_bad_url_is_a_sentence(url):
    with pytest.raises(Sentence, match="is no URL"):
        Control(url=url).is_up()


def test_credentials_go_as_basic_but_not_beside_those_of_the_sms_api(scripted, monkeypatch):
    control = Control(url="http://here", credentials=("key", "s:e"))
    # The same requests, led to the scripted gateway.
    over_socket = Control(socket_path=scripted.path)
    monkeypatch.setattr(control, "_connection", over_socket._connection)
    scripted.answers["POST", "/sms/json"] = (200, {"messages": []})
    control.submit({"text": "ä&b"})
    with pytest.raises(Refused):
        control.message("1")
    sms, message = scripted.asked
    assert sms[3] == b"text=%C3%A4%26b"
    assert "Authorization" not in sms[4]
    assert b64decode(message[4]["Authorization"].removeprefix("Basic ")) == b"key:s:e"
