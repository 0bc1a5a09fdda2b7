"""Adds to stories what no row holds: err-codes by the carrier's dialect, what was learned of it,
who is told and where. For people: facts as they are now, not as they were then."""

from collections.abc import Iterable

from homing.core.receipts.classify import err_code_of, permanent_of
from homing.core.receipts.dialects import PLAIN
from homing.core.receipts.meanings import MEANINGS
from homing.core.submit.notices import notices
from homing.runtime.accounts import Accounts
from homing.runtime.views import relation_name
from homing.runtime.ways import AllWays
from homing.store.pages import MessageStory, ReceiptStory


def explain_message(story: MessageStory, ways: AllWays, accounts: Accounts) -> None:
    """Fill the fields of the story that the store leaves empty."""
    message = story.message
    account = accounts.by_id(message.account_id)
    if account is not None:
        story.account = account.name
    if message.report:
        story.webhook_url = message.callback or (account and account.webhook_url) or ""
    for part in story.parts:
        known = ways.known(part.carrier)
        if known is not None:
            part.relation = relation_name(known.learned.habit.sure)
        explain_receipts(part.receipts, ways)
    rule = ways.rules.of(message.recipient)
    if rule is not None and story.parts:
        bodies = [part.body for part in story.parts]
        story.notes = list(notices(rule, message.sender, bodies))


def explain_receipts(receipts: Iterable[ReceiptStory], ways: AllWays) -> None:
    """The API's err-code of each, whether it is for good, and what it means."""
    for receipt in receipts:
        known = None if receipt.by_gateway else ways.known(receipt.carrier)
        dialect = PLAIN if known is None else known.dialect
        code = err_code_of(receipt.state, receipt.err, dialect)
        receipt.err_code = code
        receipt.permanent = permanent_of(code)
        receipt.meaning = MEANINGS.get(code, "")
