"""Every bound of the gateway, with its reason. Settings may change those that an operator sizes."""

from homing.core.model.times import DAY_MS, MINUTE_MS

# The API (reference: the compatible API's parameter table)
TEXT_CHARACTERS_MAX = 3200
CLIENT_REF_MAX = 100
DLT_ID_MAX = 30  # of entity-id and content-id: what carriers reserve for these TLVs
IDEMPOTENCY_KEY_MAX = 255
IDEMPOTENCY_MS = DAY_MS  # so long a request under the same key is answered again
CALLBACK_MAX = 255  # the platform's 100 cuts real URLs short; ours takes what its clients can send
SENDER_DIGITS_MAX = 15
SENDER_ALPHANUMERIC_MAX = 11
TTL_DEFAULT_MS = 3 * DAY_MS
TTL_MIN_MS = 20_000
TTL_MAX_MS = 7 * DAY_MS
PER_PART_GRACE_MS = 10_000  # handset receipts of a long message come about 10 s a part apart
API_RATE_PER_S = 30
REQUEST_BODY_OCTETS_MAX = 64 * 1024
REQUEST_PARAMETERS_MAX = 100
PARTS_MAX = 255

# SMPP
PDU_OCTETS_MAX = 64 * 1024  # message_payload may hold 64 KiB in theory; no carrier sends more
WINDOW_DEFAULT = 100
LINK_BUFFER_OCTETS_MAX = 4 * 1024 * 1024  # written, not yet taken by the peer: then stop submitting

# Queues in memory: beyond them work stays in the store
CARRIER_QUEUE_MAX = 5_000
ENDPOINT_QUEUE_MAX = 1_000
ENDPOINTS_MAX = 1_000  # of one account, that wait for a retry; and as many that are at work
OPEN_PARTS_GENERATION = 6_000  # two of these are kept
STORE_QUEUE_MAX = 5_000  # changes not yet committed: then submits get the throttle answer
INBOX_RECEIPTS_MAX = 500_000  # unmatched receipts, a few hundred octets each; then the oldest go
INBOX_OCTETS_MAX = 512 * 1024 * 1024  # of their PDUs; where these are large, fewer are kept
REJECTIONS_OF_A_DAY_MAX = 10_000  # of an account; those beyond are counted, and not kept
LOOKUP_BATCH_MAX = 500
SPILL_AFTER_MS = 30_000  # what waits longer in memory gets a row in the backlog

# Matching
MATCH_LOOKBACK_MS = 8 * DAY_MS  # the longest ttl and a day for a late receipt
LOST_ANSWERS_MAX = 20_000  # of all carriers, read at a start
DOUBTED_MAX = 1_000  # matches that are looked at again when a carrier's ids are understood
MATCH_BUCKET_BITS = 26  # 2^26 ms, 18.6 h: a dozen look-ups go 8 days back

# Inbound messages
INBOUND_JOIN_MS = 5 * MINUTE_MS  # parts come seconds apart; carriers try again within minutes
INBOUND_JOINING_MAX = 20_000  # parts that wait for others; beyond it each is told by itself
# A carrier that missed our answer sends again when its own timeout (10 to 60 s) or its next bind
# comes.
INBOUND_REPEAT_MS = 2 * MINUTE_MS
INBOUND_REPEATS_MAX = 20_000  # remembered

# Webhooks
CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 15.0
ANSWER_HEADER_OCTETS_MAX = 16 * 1024
ANSWER_BODY_OCTETS_MAX = 64 * 1024
RETRY_FIRST_S = 5.0
RETRY_MOST_S = 900.0
# No retry is due later, unless it was written under a clock that was set back since.
RETRY_AHEAD_MOST_MS = int(RETRY_MOST_S * 1000) + 1_000
NOTIFICATION_DEADLINE_MS = 3 * DAY_MS
ENDPOINT_CONNECTIONS_MAX = 32
CONNECTIONS_MAX = 512
ACCOUNT_CONNECTIONS_MAX = 256  # webhooks of one account that hang leave as many to the others
