"""SMPP 3.4 as data: command ids, the fields of every PDU in their order on the wire, TLV tags.

Nothing here acts. A PDU that is missing in TABLES is unknown to the whole package.
Source: SMPP 3.4 Issue 1.2, chapters 4 and 5.
"""

from homing.core.smpp import status
from homing.core.smpp.fields import CString, Destinations, FieldTable, Int, Octets, Unsuccessful

# 5.1.2.1. A response is its request with the highest bit set.
RESPONSE = 0x80000000
GENERIC_NACK = 0x80000000
BIND_RECEIVER = 0x01
BIND_TRANSMITTER = 0x02
QUERY_SM = 0x03
SUBMIT_SM = 0x04
DELIVER_SM = 0x05
UNBIND = 0x06
REPLACE_SM = 0x07
CANCEL_SM = 0x08
BIND_TRANSCEIVER = 0x09
OUTBIND = 0x0B
ENQUIRE_LINK = 0x15
SUBMIT_MULTI = 0x21
ALERT_NOTIFICATION = 0x102
DATA_SM = 0x103
BIND_RECEIVER_RESP = RESPONSE | BIND_RECEIVER
BIND_TRANSMITTER_RESP = RESPONSE | BIND_TRANSMITTER
QUERY_SM_RESP = RESPONSE | QUERY_SM
SUBMIT_SM_RESP = RESPONSE | SUBMIT_SM
DELIVER_SM_RESP = RESPONSE | DELIVER_SM
UNBIND_RESP = RESPONSE | UNBIND
REPLACE_SM_RESP = RESPONSE | REPLACE_SM
CANCEL_SM_RESP = RESPONSE | CANCEL_SM
BIND_TRANSCEIVER_RESP = RESPONSE | BIND_TRANSCEIVER
ENQUIRE_LINK_RESP = RESPONSE | ENQUIRE_LINK
SUBMIT_MULTI_RESP = RESPONSE | SUBMIT_MULTI
DATA_SM_RESP = RESPONSE | DATA_SM

BINDS = (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER)
UNANSWERED = (OUTBIND, ALERT_NOTIFICATION)  # requests that have no response

# 5.1.4: 1..0x7FFFFFFF, then from the start.
SEQUENCE_NUMBER_MAX = 0x7FFFFFFF
INTERFACE_VERSION = 0x34

_SOURCE: FieldTable = (
    ("source_addr_ton", Int(1)),
    ("source_addr_npi", Int(1)),
    ("source_addr", CString(21)),
)
_DESTINATION: FieldTable = (
    ("dest_addr_ton", Int(1)),
    ("dest_addr_npi", Int(1)),
    ("destination_addr", CString(21)),
)
_BIND: FieldTable = (  # 4.1.1
    ("system_id", CString(16)),
    ("password", CString(9)),
    ("system_type", CString(13)),
    ("interface_version", Int(1)),
    ("addr_ton", Int(1)),
    ("addr_npi", Int(1)),
    ("address_range", CString(41)),
)
_SYSTEM_ID: FieldTable = (("system_id", CString(16)),)
_MESSAGE_ID: FieldTable = (("message_id", CString(65)),)
_BEHAVIOUR: FieldTable = (
    ("esm_class", Int(1)),
    ("protocol_id", Int(1)),
    ("priority_flag", Int(1)),
    ("schedule_delivery_time", CString(17)),
    ("validity_period", CString(17)),
    ("registered_delivery", Int(1)),
    ("replace_if_present_flag", Int(1)),
    ("data_coding", Int(1)),
    ("sm_default_msg_id", Int(1)),
    ("short_message", Octets()),  # with sm_length before it
)
_SERVICE_TYPE: FieldTable = (("service_type", CString(6)),)
_SHORT_MESSAGE: FieldTable = (*_SERVICE_TYPE, *_SOURCE, *_DESTINATION, *_BEHAVIOUR)

TABLES: dict[int, FieldTable] = {
    GENERIC_NACK: (),
    BIND_RECEIVER: _BIND,
    BIND_TRANSMITTER: _BIND,
    BIND_TRANSCEIVER: _BIND,
    BIND_RECEIVER_RESP: _SYSTEM_ID,
    BIND_TRANSMITTER_RESP: _SYSTEM_ID,
    BIND_TRANSCEIVER_RESP: _SYSTEM_ID,
    OUTBIND: (("system_id", CString(16)), ("password", CString(9))),  # 4.1.7
    UNBIND: (),
    UNBIND_RESP: (),
    SUBMIT_SM: _SHORT_MESSAGE,  # 4.4.1
    SUBMIT_SM_RESP: _MESSAGE_ID,
    SUBMIT_MULTI: (  # 4.5.1
        *_SERVICE_TYPE,
        *_SOURCE,
        ("dest_address", Destinations()),
        *_BEHAVIOUR,
    ),
    SUBMIT_MULTI_RESP: (*_MESSAGE_ID, ("unsuccess_sme", Unsuccessful())),  # 4.5.2
    DELIVER_SM: _SHORT_MESSAGE,  # 4.6.1: the same fields as submit_sm
    DELIVER_SM_RESP: _MESSAGE_ID,
    DATA_SM: (  # 4.7.1
        *_SERVICE_TYPE,
        ("source_addr_ton", Int(1)),
        ("source_addr_npi", Int(1)),
        ("source_addr", CString(65)),
        ("dest_addr_ton", Int(1)),
        ("dest_addr_npi", Int(1)),
        ("destination_addr", CString(65)),
        ("esm_class", Int(1)),
        ("registered_delivery", Int(1)),
        ("data_coding", Int(1)),
    ),
    DATA_SM_RESP: _MESSAGE_ID,
    QUERY_SM: (*_MESSAGE_ID, *_SOURCE),  # 4.8.1
    QUERY_SM_RESP: (
        *_MESSAGE_ID,
        ("final_date", CString(17)),
        ("message_state", Int(1)),
        ("error_code", Int(1)),
    ),
    CANCEL_SM: (*_SERVICE_TYPE, *_MESSAGE_ID, *_SOURCE, *_DESTINATION),  # 4.9.1
    CANCEL_SM_RESP: (),
    REPLACE_SM: (  # 4.10.1
        *_MESSAGE_ID,
        *_SOURCE,
        ("schedule_delivery_time", CString(17)),
        ("validity_period", CString(17)),
        ("registered_delivery", Int(1)),
        ("sm_default_msg_id", Int(1)),
        ("short_message", Octets()),
    ),
    REPLACE_SM_RESP: (),
    ENQUIRE_LINK: (),
    ENQUIRE_LINK_RESP: (),
    ALERT_NOTIFICATION: (  # 4.12.1
        ("source_addr_ton", Int(1)),
        ("source_addr_npi", Int(1)),
        ("source_addr", CString(65)),
        ("esme_addr_ton", Int(1)),
        ("esme_addr_npi", Int(1)),
        ("esme_addr", CString(65)),
    ),
}

# The status that says which field was unsound; a body that ends early is ESME_RINVCMDLEN.
UNSOUND_FIELD: dict[str, int] = {
    "system_id": status.ESME_RINVSYSID,
    "password": status.ESME_RINVPASWD,
    "system_type": status.ESME_RINVSYSTYP,
    "service_type": status.ESME_RINVSERTYP,
    "source_addr": status.ESME_RINVSRCADR,
    "destination_addr": status.ESME_RINVDSTADR,
    "dest_address": status.ESME_RINVDESTFLAG,
    "message_id": status.ESME_RINVMSGID,
    "schedule_delivery_time": status.ESME_RINVSCHED,
    "validity_period": status.ESME_RINVEXPIRY,
    "short_message": status.ESME_RINVMSGLEN,
}

# 5.3.2: the tags that this gateway names. Every other, vendors' (0x1400..0x3FFF) included, is
# carried as it came.
TLV_RECEIPTED_MESSAGE_ID = 0x001E
TLV_SC_INTERFACE_VERSION = 0x0210
TLV_USER_MESSAGE_REFERENCE = 0x0204
TLV_SAR_MSG_REF_NUM = 0x020C
TLV_SAR_TOTAL_SEGMENTS = 0x020E
TLV_SAR_SEGMENT_SEQNUM = 0x020F
TLV_NETWORK_ERROR_CODE = 0x0423
TLV_MESSAGE_PAYLOAD = 0x0424
TLV_DELIVERY_FAILURE_REASON = 0x0425
TLV_MORE_MESSAGES_TO_SEND = 0x0426
TLV_MESSAGE_STATE = 0x0427


def command_name(command_id: int) -> str:
    """The specification's name in lower case, or the number in hex."""
    return _NAMES.get(command_id) or f"0x{command_id:08X}"


_NAMES = {
    value: label.lower()
    for label, value in list(globals().items())
    if isinstance(value, int) and value in TABLES and label != "RESPONSE"
    if not label.startswith(("_", "TLV_", "INTERFACE", "SEQUENCE"))
}
