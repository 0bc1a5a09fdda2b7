"""What the gateway adds to a story: err-codes by the dialect, what was learned, who is told."""

from homing.core.model.account import Account
from homing.core.model.lifecycle import State
from homing.core.receipts.classify import API_CODES
from homing.core.receipts.forms import Relation
from homing.core.receipts.meanings import MEANINGS
from homing.runtime.clock import Clock
from homing.runtime.stories import explain_message, explain_receipts
from homing.runtime.ways import AllWays
from unit.cli.stories import part, receipt, story


class Accounts:
    def by_id(self, account_id):
        return Account(1, "k", "acme", (), webhook_url="http://a/x") if account_id == 1 else None


def ways() -> AllWays:
    made = AllWays(None, Clock(lambda: 1, lambda: 0.0))
    made.speak("north", "telia", 1.0)
    made.of("north").learned.habit.pin(Relation.HEX, 1)
    return made


def test_an_err_is_read_by_its_carriers_dialect():
    some = [
        receipt(1, State.UNDELIVERABLE, err="202"),
        receipt(2, State.UNDELIVERABLE, err="202", carrier="nobody's"),
        receipt(3, State.DELIVERED, err="202"),
        receipt(4, State.EXPIRED, err="", by_gateway=True),
    ]
    explain_receipts(some, ways())
    assert [(one.err_code, one.permanent) for one in some] == [
        ("4", True), ("1", None), ("0", None), ("2", False),
    ]  # fmt: skip
    assert some[0].meaning == MEANINGS["4"]


def test_every_code_of_the_api_has_its_words():
    assert set(MEANINGS) == API_CODES


def test_a_message_has_its_account_its_webhook_and_what_was_learned():
    told = story(part(), part(2, carrier="nobody's"))
    explain_message(told, ways(), Accounts())
    assert (told.account, told.webhook_url) == ("acme", "http://a/x")
    assert [one.relation for one in told.parts] == ["hex", ""]


def test_the_messages_own_webhook_beats_the_accounts_and_none_is_none():
    told = story(part())
    told.message.callback = "http://b/y"
    explain_message(told, ways(), Accounts())
    assert told.webhook_url == "http://b/y"
    silent = story(part())
    silent.message.report = False
    explain_message(silent, ways(), Accounts())
    assert (silent.account, silent.webhook_url) == ("acme", "")
    gone = story(part())
    gone.message.account_id = 2
    explain_message(gone, ways(), Accounts())
    assert (gone.account, gone.webhook_url) == ("", "")
