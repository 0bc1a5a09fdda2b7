-- Answers are found under the folded form of their id, long ones under its beginning too; receipts
-- wait under every form of theirs; what is learned of a carrier is kept.
alter table answer add column cut_key integer;
create index answer_cut on answer (cut_key) where cut_key is not null;
update answer set match_key = homing_match_key(
    (select carrier from part where part.id = answer.part_id), carrier_message_id, answered_at_ms)
where match_key is not null;

alter table receipt add column tlv_id text not null default '';
alter table receipt add column kind integer not null default 1;
alter table receipt add column part_index integer not null default 0;
alter table receipt add column submitted_at_ms integer not null default 0;
alter table receipt add column level_reason text not null default '';
alter table receipt add column standing_level integer not null default 0;
alter table receipt add column copy_of integer not null default 0;

create table undone (
    part_id integer not null,
    notification_id integer not null,
    primary key (part_id, notification_id)
) strict, without rowid;

alter table account add column options blob not null default x'80';
create table signature_secret (
    account_id integer primary key,
    secrets blob not null -- a list, as MessagePack, sealed under the key file
) strict;

alter table notification add column network text not null default '';
alter table notification add column kind integer not null default 0;

alter table message add column extras blob;
create table first_answer (
    key blob primary key, -- hash of account and key
    request blob not null, -- hash of what was asked
    message_id integer not null,
    balance_units integer -- before it was paid; null: unlimited
) strict, without rowid;
create index first_answer_age on first_answer (message_id);

drop table waiting;
create table waiting (
    waiting_key integer not null, -- hash of carrier and folded id
    receipt_id integer not null,
    primary key (waiting_key, receipt_id)
) strict, without rowid;
create index waiting_of_receipt on waiting (receipt_id);
insert into waiting (waiting_key, receipt_id)
select homing_waiting_key(carrier, receipted_id), id from receipt where part_id is null;

create table learned (
    carrier text primary key,
    learned blob not null
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

-- The roll-up begins again for the evidence alone: every hour of the other counts is kept, and of
-- the evidence those whose receipts may be gone (ids hold their milliseconds above 22 bits).
insert into mark (name, value)
select 'rollup_counted_to_' || substr(name, 11), value from mark
where name in ('rollup_to_ms', 'rollup_to_id')
on conflict (name) do update set value = excluded.value;
update mark set value = 0 where name in ('rollup_to_ms', 'rollup_to_id');
insert into mark (name, value) values ('hourly_kept_to_hour', 1 << 40);
insert into mark (name, value)
select column1, ((value >> 22) + 1735689600000) / 3600000
from mark, (values ('evidence_kept_to_hour'), ('receipts_removed_to_hour'))
where name = 'receipts_gone_to';

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
