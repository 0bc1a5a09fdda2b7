-- What changes do to the rows. `values (?, ...)` is repeated for as many rows as a batch has;
-- `(?*)` is a list of any length.

-- name: insert_message
-- Point 1: a message.
insert into message (id, uuid, account_id, sender, recipient, client_ref, callback, part_count,
    price_units, network, accepted_at_ms, expires_at_ms, report)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_message_with_extras
-- The same for the few that have them.
insert into message (id, uuid, account_id, sender, recipient, client_ref, callback, part_count,
    price_units, network, accepted_at_ms, expires_at_ms, report, extras)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_first_answer
-- Point 1: what is to be answered again. A key that is older than a day is free again.
insert into first_answer (key, request, message_id, balance_units) values (?, ?, ?, ?)
on conflict (key) do update set request = excluded.request, message_id = excluded.message_id,
    balance_units = excluded.balance_units;

-- name: insert_part
-- Point 1: a part.
insert into part (id, message_id, carrier, body) values (?, ?, ?, ?);

-- name: charge
-- Point 1: what an account's messages of one batch cost; an unlimited balance stays null.
update account set balance_units = balance_units - ? where id = ?;

-- name: insert_submitting
-- Point 1b; a part that was throttled comes again.
insert into submitting (part_id, at_ms) values (?, ?)
on conflict (part_id) do update set at_ms = excluded.at_ms;

-- name: delete_submitting
-- These parts are certainly not with the carrier: they may be submitted again.
delete from submitting where part_id in (?*);

-- name: insert_answer
-- Point 2. A part that was sent twice keeps the id of the later answer.
insert into answer (part_id, bind, sequence_number, submitted_at_ms, answered_at_ms,
    command_status, carrier_message_id, match_key, cut_key)
values (?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (part_id) do update set bind = excluded.bind,
    sequence_number = excluded.sequence_number, submitted_at_ms = excluded.submitted_at_ms,
    answered_at_ms = excluded.answered_at_ms, command_status = excluded.command_status,
    carrier_message_id = excluded.carrier_message_id, match_key = excluded.match_key,
    cut_key = excluded.cut_key;

-- name: insert_answer_told
-- The same, when there is something to tell of it.
insert into answer (part_id, bind, sequence_number, submitted_at_ms, answered_at_ms,
    command_status, carrier_message_id, match_key, cut_key, notification_id)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (part_id) do update set bind = excluded.bind,
    sequence_number = excluded.sequence_number, submitted_at_ms = excluded.submitted_at_ms,
    answered_at_ms = excluded.answered_at_ms, command_status = excluded.command_status,
    carrier_message_id = excluded.carrier_message_id, match_key = excluded.match_key,
    cut_key = excluded.cut_key, notification_id = excluded.notification_id;

-- name: name_network
-- The carrier's answer names the network better than the table of prefixes does.
update message set network = ? where id = ?;

-- name: last_told
-- What was told last of a message, whichever part it was made for.
select status from notification where id = (select max(id) from (
    select max(notification_id) as id from receipt where part_id between ?1 and ?2
    union all
    select max(notification_id) from answer where part_id between ?1 and ?2
    union all
    select max(notification_id) from undone where part_id between ?1 and ?2));

-- name: insert_refusal
-- Point 2: nobody took the part. An id that another answer gave it stays.
insert into answer (part_id, bind, sequence_number, submitted_at_ms, answered_at_ms,
    command_status, carrier_message_id, refused_state, refused_source, refused_err,
    notification_id)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (part_id) do update set refused_state = excluded.refused_state,
    refused_source = excluded.refused_source, refused_err = excluded.refused_err,
    notification_id = excluded.notification_id;

-- name: insert_receipt
-- Point 3: a receipt that found its part.
insert into receipt (id, part_id, source, carrier, bind, command_id, sequence_number, body,
    received_at_ms, digest, level, rung, reason, receipted_id, state, recipient, sender, err, stat,
    done_at_ms, network, problems, standing_state, standing_source, standing_done_at_ms,
    standing_err, standing_octets, standing_level, notification_id, tlv_id, kind, part_index,
    submitted_at_ms, level_reason, copy_of)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
    ?, ?, ?, ?);

-- name: insert_waiting
-- A receipt that matched nothing is to be tried again when its id appears.
insert into waiting (waiting_key, receipt_id) values (?, ?) on conflict do nothing;

-- name: match_receipt
-- A receipt that waited gets its part.
update receipt set part_id = ?, rung = ?, reason = '', level = ?, level_reason = ?,
    standing_state = ?, standing_source = ?, standing_done_at_ms = ?, standing_err = ?,
    standing_octets = ?, standing_level = ?, notification_id = ?
where id = ? and part_id is null;

-- name: insert_lost_answer
-- This carrier did not answer this part's submit_sm.
insert into lost_answer (part_id, carrier) values (?, ?) on conflict do nothing;

-- name: insert_found_late
-- A receipt that waited found its part.
insert into found_late (id, receipt_id) values (?, ?)
on conflict (receipt_id) do update set id = excluded.id;

-- name: delete_found_late
delete from found_late where receipt_id = ?;

-- name: keep_told
-- A match is undone: what was told of the part stays told.
insert into undone (part_id, notification_id)
select part_id, notification_id from receipt
where id = ? and part_id = ? and notification_id is not null on conflict do nothing;

-- name: keep_correction
-- What was told because a match was undone hangs on no receipt.
insert into undone (part_id, notification_id) values (?, ?);

-- name: unmatch_receipt
-- A match is undone.
update receipt set part_id = null, rung = '', reason = ?, notification_id = null,
    standing_state = null, standing_source = null, standing_done_at_ms = null,
    standing_err = null, standing_octets = null, standing_level = 0
where id = ? and part_id = ?;

-- name: restate
-- What a part's receipts amount to now that one of them was taken away.
update receipt set standing_state = ?, standing_source = ?, standing_done_at_ms = ?,
    standing_err = ?, standing_octets = ?, standing_level = ?
where id = (select max(id) from receipt where part_id = ?);

-- name: forget_standings
-- What older rows say of the part's standing rests on a receipt that was taken away.
update receipt set standing_state = null, standing_source = null, standing_done_at_ms = null,
    standing_err = null, standing_octets = null, standing_level = 0
where part_id = ?1 and id < (select max(id) from receipt where part_id = ?1);

-- name: insert_reopened
-- A part lost its final word.
insert into reopened (expires_at_ms, part_id) values (?, ?) on conflict do nothing;

-- name: delete_reopened
-- These parts have a final word again, or are gone.
delete from reopened where part_id in (?*);

-- name: dismiss_receipt
-- Nothing is to be expected of it.
update receipt set reason = 'dismissed' where id = ? and part_id is null;

-- name: relevel
-- Receipts that prove to testify for somebody else.
update receipt set level = ?1, level_reason = ?2 where id in (?*) and level = 'handset';

-- name: level_standings
-- What the parts of these receipts stand at has the highest level of those that say the same.
update receipt set standing_level = exists (
    select 1 from receipt r
    where r.part_id = receipt.part_id and r.state = receipt.standing_state and r.level = 'handset')
where id in (
    select max(id) from receipt where standing_state is not null and part_id in (
        select part_id from receipt where id in (?*))
    group by part_id);

-- name: put_learned
-- What was learned of a carrier.
insert into learned (carrier, learned) values (?, ?)
on conflict (carrier) do update set learned = excluded.learned;

-- name: lift_standing
-- The newest receipt of a part tells its standing, also when an older one was matched last.
update receipt set standing_state = ?, standing_source = ?, standing_done_at_ms = ?,
    standing_err = ?, standing_octets = ?, standing_level = ?
where id = (select max(id) from receipt where part_id = ?) and id <> ?;

-- name: delete_waiting
-- A receipt that was matched waits no more.
delete from waiting where receipt_id = ?;

-- name: repeat_receipt
-- The same octets again.
update receipt set seen_count = seen_count + ?, last_at_ms = ? where id = ?;

-- name: delete_unmatched
-- A receipt that waited was a repeat: it lives on in the count of the other, with its own repeats.
delete from receipt where id = ? and part_id is null
returning seen_count, coalesce(last_at_ms, received_at_ms);

-- name: insert_notification
-- Made in the transaction of its cause.
insert into notification (id, part_id, account_id, endpoint, status, err_code, received_at_ms,
    level, source, deadline_at_ms, network)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_attempt
-- Point 4.
insert into attempt (notification_id, number, started_at_ms, outcome, http_status, dns_us,
    connect_us, tls_us, first_byte_us, total_us, detail, ended)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing;

-- name: insert_retry
-- A notification waits for its next attempt.
insert into retry (notification_id, endpoint, due_at_ms, deadline_at_ms) values (?, ?, ?, ?)
on conflict (notification_id) do update set endpoint = excluded.endpoint,
    due_at_ms = excluded.due_at_ms, deadline_at_ms = excluded.deadline_at_ms;

-- name: delete_answered_backlog
-- Of these parts, those that were answered meanwhile, or have their final word, need no row.
delete from backlog where part_id in (?*) and (part_id in (select part_id from answer)
    or exists (
        select 1 from receipt r where r.part_id = backlog.part_id and r.standing_state >= 20));

-- name: delete_retries
-- These notifications were taken or given up.
delete from retry where notification_id in (?*);

-- name: insert_backlog
-- A part waits for its carrier in the store.
insert into backlog (part_id, carrier) values (?, ?)
on conflict (part_id) do update set carrier = excluded.carrier;

-- name: delete_backlog
-- These parts have their answer, or our own final word.
delete from backlog where part_id in (?*);

-- name: move_parts
-- These parts go to another carrier.
update part set carrier = ?1 where id in (?*);

-- name: move_backlog
-- Those of them that wait in the store wait for the other carrier.
update backlog set carrier = ?1 where part_id in (?*);

-- name: put_mark
-- A named position.
insert into mark (name, value) values (?, ?)
on conflict (name) do update set value = excluded.value;

-- name: add_to_mark
-- A named sum.
insert into mark (name, value) values (?, ?)
on conflict (name) do update set value = value + excluded.value;

-- name: put_account
-- Adds an account, or replaces all but its balance.
insert into account (id, api_key, name, secret_digests, webhook_url, webhook_method, rate_per_s,
    balance_units, tell_intermediate, created_at_ms, options)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (id) do update set api_key = excluded.api_key, name = excluded.name,
    secret_digests = excluded.secret_digests, webhook_url = excluded.webhook_url,
    webhook_method = excluded.webhook_method, rate_per_s = excluded.rate_per_s,
    tell_intermediate = excluded.tell_intermediate, options = excluded.options;

-- name: put_signature_secrets
-- The secrets for signing of an account, sealed.
insert into signature_secret (account_id, secrets) values (?, ?)
on conflict (account_id) do update set secrets = excluded.secrets;

-- name: put_balance
-- The balance of an account, when it was set by a person.
update account set balance_units = ? where id = ?;

-- name: rivals
-- What decides whether those are rivals: the id itself, the carrier, and how long they are open.
select a.part_id, p.carrier, a.carrier_message_id, m.expires_at_ms
from answer a join part p on p.id = a.part_id join message m on m.id = p.message_id
where a.part_id in (?*);

-- name: any_waiting
-- Whether any receipt waits at all; mostly none does, and then nobody needs to ask for more.
select exists (select 1 from waiting);

-- name: waiting_receipts
-- Receipts that wait under these keys, the oldest of a key first, not all if there are many; the id
-- itself is compared afterwards. No `order by`: it would sort all of them, with their octets.
select w.waiting_key, r.id, r.carrier, r.bind, r.command_id, r.sequence_number, r.body,
    r.received_at_ms,
    r.level, r.receipted_id, r.state, r.recipient, r.sender, r.err, r.stat, r.done_at_ms,
    r.network, r.problems, r.tlv_id, r.kind, r.part_index, r.submitted_at_ms, r.digest
from waiting w cross join receipt r on r.id = w.receipt_id
where w.waiting_key in (?*) and r.part_id is null and r.reason <> 'dismissed' limit 200;
