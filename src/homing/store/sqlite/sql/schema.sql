-- The store, version 2. Rows of the hot path are only inserted; ids of ours ascend, so that
-- every table grows at its end. Times are UTC milliseconds, money 10^-8 units, octets blobs.

-- Customers of the API; the balance is the only thing that changes with every message.
create table account (
    id integer primary key,
    api_key text not null unique,
    name text not null,
    secret_digests blob not null, -- a list of secrets: id, digest, created at; as MessagePack
    webhook_url text,
    webhook_method text not null,
    rate_per_s integer,
    balance_units integer, -- null: unlimited
    tell_intermediate integer not null,
    created_at_ms integer not null,
    options blob not null default x'80' -- a map, as MessagePack
) strict;

-- Secrets for signing, apart from all else: they are recoverable by nature.
create table signature_secret (
    account_id integer primary key,
    secrets blob not null -- a list, as MessagePack, sealed under the key file
) strict;

-- What the API caller asked for.
create table message (
    id integer primary key,
    uuid text not null,
    account_id integer not null,
    sender text not null,
    recipient text not null,
    client_ref text,
    callback text,
    part_count integer not null,
    price_units integer not null,
    network text not null,
    accepted_at_ms integer not null,
    expires_at_ms integer not null,
    report integer not null,
    texts_gone integer not null default 0, -- 1: retention took the text from every row
    extras blob -- a map, as MessagePack; null for most
) strict;
create index message_expires on message (expires_at_ms);

-- What was answered to requests with an Idempotency-Key; for a day.
create table first_answer (
    key blob primary key, -- hash of account and key
    request blob not null, -- hash of what was asked
    message_id integer not null,
    balance_units integer -- before it was paid; null: unlimited
) strict, without rowid;
create index first_answer_age on first_answer (message_id);

-- The short messages of a message: ids message_id + 1 .. message_id + part_count.
create table part (
    id integer primary key,
    message_id integer not null,
    carrier text not null,
    body blob not null -- the submit_sm body; empty once its text is gone
) strict;

-- Point 1b: submit_sm may have left. Without an answer the part is held.
create table submitting (
    part_id integer primary key,
    at_ms integer not null
) strict;

-- Point 2: the carrier's answer; or the final refusal, with its standing.
create table answer (
    part_id integer primary key,
    bind integer not null,
    sequence_number integer not null,
    submitted_at_ms integer not null,
    answered_at_ms integer not null,
    command_status integer not null,
    carrier_message_id text not null,
    match_key integer, -- time bucket, then hash of the id: random ids do not scatter the index
    refused_state integer,
    refused_source integer,
    refused_err text,
    notification_id integer,
    cut_key integer -- the same for the beginning of a long id and its recipient
) strict;
create index answer_match on answer (match_key) where match_key is not null;
create index answer_cut on answer (cut_key) where cut_key is not null;

-- Point 3: raw receipts with what was read of them; and our own final words (source 1, body null).
create table receipt (
    id integer primary key,
    part_id integer, -- null: unmatched
    source integer not null, -- 0 the carrier's word, 1 ours
    carrier text not null,
    bind integer,
    command_id integer,
    sequence_number integer,
    body blob, -- empty once its text is gone
    received_at_ms integer not null,
    digest blob,
    level text not null,
    rung text not null,
    reason text not null,
    receipted_id text not null,
    state integer not null,
    recipient text not null,
    sender text not null,
    err text not null,
    stat text not null,
    done_at_ms integer not null,
    network text not null,
    problems text not null, -- one a line
    standing_state integer, -- what the part's receipts amount to after this one
    standing_source integer,
    standing_done_at_ms integer,
    standing_err text,
    standing_octets blob, -- null: the same as body
    notification_id integer,
    seen_count integer not null default 1,
    last_at_ms integer, -- of the last repeat
    tlv_id text not null default '',
    kind integer not null default 1, -- bits 5..2 of esm_class
    part_index integer not null default 0,
    submitted_at_ms integer not null default 0,
    level_reason text not null default '',
    standing_level integer not null default 0, -- 0 carrier, 1 handset
    copy_of integer not null default 0 -- the receipt that stands for several parts; else 0
) strict;
create index receipt_part on receipt (part_id) where part_id is not null;
create index receipt_unmatched on receipt (id) where part_id is null;

-- Receipts that wait for an answer with their id, in each of its forms; the rows go when the
-- receipt is matched.
create table waiting (
    waiting_key integer not null, -- hash of carrier and folded id
    receipt_id integer not null,
    primary key (waiting_key, receipt_id)
) strict, without rowid;
create index waiting_of_receipt on waiting (receipt_id);

-- What was told of a part by a receipt that proved to be another's.
create table undone (
    part_id integer not null,
    notification_id integer not null,
    primary key (part_id, notification_id)
) strict, without rowid;

-- What was learned of each carrier from its receipts, as MessagePack.
create table learned (
    carrier text primary key,
    learned blob not null
) strict, without rowid;

-- One thing to tell a webhook.
create table notification (
    id integer primary key,
    part_id integer not null,
    account_id integer not null,
    endpoint integer not null,
    status text not null,
    err_code text not null,
    received_at_ms integer not null,
    level text not null,
    source integer not null,
    deadline_at_ms integer not null,
    network text not null default '', -- MCC-MNC that the receipt named
    kind integer not null default 0 -- 0 of a part, 1 of an inbound message: part_id is its id
) strict;

-- Point 4: one HTTP try. Durations in microseconds; -1: that step was not reached.
create table attempt (
    notification_id integer not null,
    number integer not null,
    started_at_ms integer not null,
    outcome text not null,
    http_status integer not null,
    dns_us integer not null,
    connect_us integer not null,
    tls_us integer not null,
    first_byte_us integer not null,
    total_us integer not null,
    detail text not null,
    ended integer not null, -- 1: taken or given up
    primary key (notification_id, number)
) strict, without rowid;

-- Parts that wait for their carrier here and not in memory.
create table backlog (
    part_id integer primary key,
    carrier text not null
) strict;
create index backlog_carrier on backlog (carrier, part_id);

-- Notifications that wait for their next attempt here and not in memory.
create table retry (
    notification_id integer primary key,
    endpoint integer not null,
    due_at_ms integer not null,
    deadline_at_ms integer not null
) strict;
create index retry_due on retry (endpoint, due_at_ms);
create index retry_deadline on retry (deadline_at_ms);

-- Named positions and sums.
create table mark (
    name text primary key,
    value integer not null
) strict, without rowid;

-- Parts by the hour of their acceptance and what became of them. Made from the rows.
create table hourly (
    hour integer not null, -- hours since 1970
    carrier text not null,
    network text not null,
    outcome text not null, -- the state in lower case; ours end in _by_gateway
    part_count integer not null,
    primary key (hour, carrier, network, outcome)
) strict, without rowid;

-- What receipts were worth, by the hour of their part's acceptance. Made from the rows.
create table evidence (
    carrier text not null,
    hour integer not null, -- hours since 1970
    network text not null, -- MCC-MNC; empty: unknown
    fact text not null,
    value text not null,
    count integer not null,
    primary key (carrier, hour, network, fact, value)
) strict, without rowid;

-- Parts that were counted there before the cursor came to them: their receipts went.
create table counted_early (
    part_id integer primary key
) strict;

-- Messages from handsets, one row for each PDU.
create table inbound (
    id integer primary key,
    account_id integer not null, -- 0: nobody's, or its first part will say
    carrier text not null,
    bind integer not null,
    command_id integer not null,
    sequence_number integer not null,
    body blob not null, -- empty once its text is gone
    received_at_ms integer not null,
    digest blob not null,
    sender text not null,
    recipient text not null,
    waits_until_ms integer, -- for other parts of its long message
    notification_id integer -- several rows with the same one: told as a whole
) strict;
create index inbound_waiting on inbound (id) where waits_until_ms is not null;
create index inbound_told on inbound (notification_id) where notification_id is not null;

-- What applications said of their messages: whether they did what they were for.
create table conversion (
    id integer primary key, -- in the order in which the words came
    message_id integer not null,
    delivered integer not null, -- 1: it did
    at_ms integer, -- when, as the caller gave it; null: it gave no time
    told_at_ms integer not null
) strict;
create index conversion_message on conversion (message_id, id);

-- Receipts that found their part after they came: their place in the order of what found one.
create table found_late (
    id integer primary key,
    receipt_id integer not null unique
) strict;

-- Parts of which a carrier did not answer the submit_sm: it may have given them an id.
create table lost_answer (
    part_id integer not null,
    carrier text not null,
    primary key (part_id, carrier)
) strict, without rowid;

-- Submits of known accounts that were refused. Nothing of their text.
create table rejection (
    id integer primary key,
    account_id integer not null,
    sender text not null, -- as given, cut
    recipient text not null,
    status integer not null,
    error_text text not null
) strict;
create index rejection_account on rejection (account_id);

-- Messages whose text and numbers go: when to look at each of them again.
create table redaction (
    message_id integer primary key,
    look_at_ms integer not null,
    recipient_digest blob not null -- keyed: late receipts find their part by it
) strict;
create index redaction_look on redaction (look_at_ms);

-- Parts that lost their final word: the overdue sweep, which may have passed them, looks again.
create table reopened (
    expires_at_ms integer not null, -- of the message
    part_id integer not null,
    primary key (expires_at_ms, part_id)
) strict, without rowid;
