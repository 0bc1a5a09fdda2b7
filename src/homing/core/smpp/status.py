"""command_status: every value of SMPP 3.4 with its name and meaning. Source: SMPP 3.4 5.1.3."""

ESME_ROK = 0x00
ESME_RINVMSGLEN = 0x01
ESME_RINVCMDLEN = 0x02
ESME_RINVCMDID = 0x03
ESME_RINVBNDSTS = 0x04
ESME_RALYBND = 0x05
ESME_RINVPRTFLG = 0x06
ESME_RINVREGDLVFLG = 0x07
ESME_RSYSERR = 0x08
ESME_RINVSRCADR = 0x0A
ESME_RINVDSTADR = 0x0B
ESME_RINVMSGID = 0x0C
ESME_RBINDFAIL = 0x0D
ESME_RINVPASWD = 0x0E
ESME_RINVSYSID = 0x0F
ESME_RCANCELFAIL = 0x11
ESME_RREPLACEFAIL = 0x13
ESME_RMSGQFUL = 0x14
ESME_RINVSERTYP = 0x15
ESME_RINVNUMDESTS = 0x33
ESME_RINVDLNAME = 0x34
ESME_RINVDESTFLAG = 0x40
ESME_RINVSUBREP = 0x42
ESME_RINVESMCLASS = 0x43
ESME_RCNTSUBDL = 0x44
ESME_RSUBMITFAIL = 0x45
ESME_RINVSRCTON = 0x48
ESME_RINVSRCNPI = 0x49
ESME_RINVDSTTON = 0x50
ESME_RINVDSTNPI = 0x51
ESME_RINVSYSTYP = 0x53
ESME_RINVREPFLAG = 0x54
ESME_RINVNUMMSGS = 0x55
ESME_RTHROTTLED = 0x58
ESME_RINVSCHED = 0x61
ESME_RINVEXPIRY = 0x62
ESME_RINVDFTMSGID = 0x63
ESME_RX_T_APPN = 0x64
ESME_RX_P_APPN = 0x65
ESME_RX_R_APPN = 0x66
ESME_RQUERYFAIL = 0x67
ESME_RINVOPTPARSTREAM = 0xC0
ESME_ROPTPARNOTALLWD = 0xC1
ESME_RINVPARLEN = 0xC2
ESME_RMISSINGOPTPARAM = 0xC3
ESME_RINVOPTPARAMVAL = 0xC4
ESME_RDELIVERYFAILURE = 0xFE
ESME_RUNKNOWNERR = 0xFF

TEXTS: dict[int, str] = {
    ESME_ROK: "no error",
    ESME_RINVMSGLEN: "message length is invalid",
    ESME_RINVCMDLEN: "command length is invalid",
    ESME_RINVCMDID: "invalid command id",
    ESME_RINVBNDSTS: "incorrect bind status for the given command",
    ESME_RALYBND: "already in bound state",
    ESME_RINVPRTFLG: "invalid priority flag",
    ESME_RINVREGDLVFLG: "invalid registered delivery flag",
    ESME_RSYSERR: "system error",
    ESME_RINVSRCADR: "invalid source address",
    ESME_RINVDSTADR: "invalid destination address",
    ESME_RINVMSGID: "message id is invalid",
    ESME_RBINDFAIL: "bind failed",
    ESME_RINVPASWD: "invalid password",
    ESME_RINVSYSID: "invalid system id",
    ESME_RCANCELFAIL: "cancel_sm failed",
    ESME_RREPLACEFAIL: "replace_sm failed",
    ESME_RMSGQFUL: "message queue full",
    ESME_RINVSERTYP: "invalid service type",
    ESME_RINVNUMDESTS: "invalid number of destinations",
    ESME_RINVDLNAME: "invalid distribution list name",
    ESME_RINVDESTFLAG: "destination flag is invalid",
    ESME_RINVSUBREP: "submit with replace is not supported or not allowed",
    ESME_RINVESMCLASS: "invalid esm_class",
    ESME_RCNTSUBDL: "cannot submit to the distribution list",
    ESME_RSUBMITFAIL: "submit_sm or submit_multi failed",
    ESME_RINVSRCTON: "invalid source address TON",
    ESME_RINVSRCNPI: "invalid source address NPI",
    ESME_RINVDSTTON: "invalid destination address TON",
    ESME_RINVDSTNPI: "invalid destination address NPI",
    ESME_RINVSYSTYP: "invalid system_type",
    ESME_RINVREPFLAG: "invalid replace_if_present flag",
    ESME_RINVNUMMSGS: "invalid number of messages",
    ESME_RTHROTTLED: "throttled: the allowed rate was exceeded",
    ESME_RINVSCHED: "invalid scheduled delivery time",
    ESME_RINVEXPIRY: "invalid validity period",
    ESME_RINVDFTMSGID: "predefined message is invalid or not found",
    ESME_RX_T_APPN: "receiver: temporary application error",
    ESME_RX_P_APPN: "receiver: permanent application error",
    ESME_RX_R_APPN: "receiver: message rejected",
    ESME_RQUERYFAIL: "query_sm failed",
    ESME_RINVOPTPARSTREAM: "error in the optional part of the PDU body",
    ESME_ROPTPARNOTALLWD: "optional parameter not allowed",
    ESME_RINVPARLEN: "invalid parameter length",
    ESME_RMISSINGOPTPARAM: "expected optional parameter missing",
    ESME_RINVOPTPARAMVAL: "invalid optional parameter value",
    ESME_RDELIVERYFAILURE: "delivery failure",
    ESME_RUNKNOWNERR: "unknown error",
}

NAMES: dict[int, str] = {
    value: label
    for label, value in list(globals().items())
    if label.startswith("ESME_") and isinstance(value, int)
}

# 5.1.3: set aside for the SMSC's own codes.
VENDOR_FIRST = 0x400
VENDOR_LAST = 0x4FF


def name(command_status: int) -> str:
    """The specification's name, or the number in hex where it has none."""
    return NAMES.get(command_status) or f"0x{command_status:08X}"


def text(command_status: int) -> str:
    """What the value means, in words; never empty."""
    known = TEXTS.get(command_status)
    if known is not None:
        return known
    if VENDOR_FIRST <= command_status <= VENDOR_LAST:
        return "an error of the carrier's own"
    return "not in the specification"
