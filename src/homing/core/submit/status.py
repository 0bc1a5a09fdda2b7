"""The status codes of the SMS API: what each means and what is said when nothing better is known.

Source: the compatible API's status table. Clients decide by the number and show the text, so known
wordings are kept. Codes marked old left the newest tables; official clients still know them.
"""

from enum import IntEnum


class Status(IntEnum):
    OK = 0  # accepted for delivery
    THROTTLED = 1  # too fast: wait and retry
    MISSING = 2  # a required parameter is missing
    INVALID = 3  # a parameter's value is invalid
    CREDENTIALS = 4  # wrong key or secret, or disabled
    PLATFORM = 5  # our fault
    UNROUTABLE = 6  # cannot be processed, e.g. unknown number prefix
    NUMBER_BARRED = 7
    ACCOUNT_BARRED = 8
    QUOTA = 9  # not enough credit
    CONNECTIONS = 10  # too many simultaneous connections
    NOT_ENABLED = 11  # account not enabled for HTTP
    TOO_LONG = 12  # udh + body above 140 octets, or the text too long
    COMMUNICATION = 13  # could not reach the carrier (old)
    SIGNATURE = 14
    SENDER = 15  # sender not allowed
    TTL = 16  # ttl invalid (old)
    BLOCKED = 17  # blocked by the carrier
    DESTINATIONS = 18  # too many destinations (old)
    FACILITY = 19  # facility not allowed (old)
    MESSAGE_CLASS = 20  # message class invalid (old)
    NETWORK = 22  # network code invalid for `to`
    CALLBACK = 23  # callback URL invalid
    NOT_WHITELISTED = 29  # not a destination of the demo account
    SECRET_AND_SIGNATURE = 32  # both `sig` and `api_secret` sent
    DEACTIVATED = 33  # the number is deactivated
    MSISDN = 34  # msisdn missing or invalid (old)
    CAMPAIGN = 101  # account or campaign invalid
    OPTED_OUT = 102
    SHORT_CODE_MSISDN = 103


ERROR_TEXT: dict[Status, str] = {
    Status.OK: "",
    Status.THROTTLED: "Throughput Rate Exceeded - please wait and retry",
    Status.MISSING: "Missing a required param",
    Status.INVALID: "Invalid value for a param",
    Status.CREDENTIALS: "Bad Credentials",
    Status.PLATFORM: "Server Error",
    Status.UNROUTABLE: "Unroutable message - rejected",
    Status.NUMBER_BARRED: "Number barred.",
    Status.ACCOUNT_BARRED: "Account barred",
    Status.QUOTA: "Quota Exceeded - rejected",
    Status.CONNECTIONS: "Too many simultaneous connections",
    Status.NOT_ENABLED: "Account not enabled for HTTP",
    Status.TOO_LONG: "Message too long",
    Status.COMMUNICATION: "Communication failed",
    Status.SIGNATURE: "Invalid Signature",
    Status.SENDER: "Illegal Sender Address - rejected",
    Status.TTL: "Invalid TTL",
    Status.BLOCKED: "Blocked by the carrier",
    Status.DESTINATIONS: "Too many destinations",
    Status.FACILITY: "Facility not allowed",
    Status.MESSAGE_CLASS: "Invalid Message class",
    Status.NETWORK: "Invalid network code",
    Status.CALLBACK: "Invalid Callback URL",
    Status.NOT_WHITELISTED: "Non White-listed Destination - rejected",
    Status.SECRET_AND_SIGNATURE: "Signature And API Secret Disallowed",
    Status.DEACTIVATED: "Number de-activated",
    Status.MSISDN: "Invalid or Missing Msisdn Param",
    Status.CAMPAIGN: "Invalid Account for Campaign",
    Status.OPTED_OUT: "The recipient has opted out",
    Status.SHORT_CODE_MSISDN: "Invalid msisdn",
}


# The same in the numbering of the Messages API, for those that are not said by the HTTP status.
MESSAGES_CODE: dict[Status, int] = {
    Status.THROTTLED: 1000,
    Status.MISSING: 1010,
    Status.INVALID: 1020,
    Status.PLATFORM: 1030,
    Status.UNROUTABLE: 1040,
    Status.NUMBER_BARRED: 1050,
    Status.ACCOUNT_BARRED: 1060,
    Status.QUOTA: 1070,
    Status.NOT_ENABLED: 1080,
    Status.TOO_LONG: 1090,
    Status.COMMUNICATION: 1100,
    Status.SENDER: 1120,
    Status.TTL: 1130,
    Status.FACILITY: 1140,
    Status.MESSAGE_CLASS: 1150,
    Status.NOT_WHITELISTED: 1160,
    Status.MSISDN: 1170,
}


def messages_code(status: int) -> int:
    """The Messages API's code of a status; that of an invalid parameter where it has none."""
    return MESSAGES_CODE.get(Status(status), MESSAGES_CODE[Status.INVALID])


def error_text(status: int) -> str:
    """The default text of a status; that of 5 for a number that the table does not have."""
    try:
        return ERROR_TEXT[Status(status)]
    except ValueError:
        return ERROR_TEXT[Status.PLATFORM]
