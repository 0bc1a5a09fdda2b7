-- What people read, on the read-only connection. Every query carries the account when one asks.

-- name: message_of_part
-- The message that a part belongs to; an id of a message finds itself.
select message_id from part where id = ?1 union all select id from message where id = ?1 limit 1;

-- name: message_of_uuid
-- A uuid holds the milliseconds at which its message was accepted, and ids sort by time.
select id from message where id between ? and ? and uuid = ? order by id limit 1;

-- name: message
-- One message; ?2 null is the operator, who sees all.
select id, texts_gone, uuid, account_id, sender, recipient, client_ref, callback, part_count,
    price_units, network, accepted_at_ms, expires_at_ms, report, extras
from message where id = ?1 and (?2 is null or account_id = ?2);

-- name: parts_of_message
-- Its parts with what was done and answered.
select p.id, p.carrier, p.body, s.at_ms, b.part_id, a.bind, a.sequence_number, a.submitted_at_ms,
    a.answered_at_ms, a.command_status, a.carrier_message_id, a.refused_state, a.notification_id
from part p left join submitting s on s.part_id = p.id left join backlog b on b.part_id = p.id
    left join answer a on a.part_id = p.id
where p.id between ?1 + 1 and ?1 + ?2 and p.message_id = ?1 order by p.id;

-- name: receipts_of_message
-- What came for its parts, and our own words, in order.
select r.id, r.source, r.carrier, r.bind, r.command_id, r.sequence_number, r.body,
    r.received_at_ms, r.seen_count, r.last_at_ms, r.level, r.rung, r.reason, r.receipted_id,
    r.state, r.recipient, r.err, r.stat, r.done_at_ms, r.problems, r.part_id, ?1,
    r.notification_id, r.standing_state, r.tlv_id, r.kind, r.level_reason, r.copy_of, r.network,
    r.sender
from receipt r where r.part_id between ?1 + 1 and ?1 + ?2 order by r.id;

-- name: undone_of_message
-- What was told of its parts by receipts that left them.
select part_id, notification_id from undone where part_id between ?1 + 1 and ?1 + ?2;

-- name: receipts_page
-- Receipts after a cursor, unmatched ones too: for the operator.
select r.id, r.source, r.carrier, r.bind, r.command_id, r.sequence_number, r.body,
    r.received_at_ms, r.seen_count, r.last_at_ms, r.level, r.rung, r.reason, r.receipted_id,
    r.state, r.recipient, r.err, r.stat, r.done_at_ms, r.problems, r.part_id, p.message_id,
    r.notification_id, r.standing_state, r.tlv_id, r.kind, r.level_reason, r.copy_of, r.network,
    r.sender
from receipt r left join part p on p.id = r.part_id
where r.id > ?1 order by r.id limit ?2;

-- name: receipts_page_of_account
-- Receipts that found a part of this account after a cursor, in the order in which they did. The
-- last column is that place.
select r.id, r.source, r.carrier, r.bind, r.command_id, r.sequence_number, r.body,
    r.received_at_ms, r.seen_count, r.last_at_ms, r.level, r.rung, r.reason, r.receipted_id,
    r.state, r.recipient, r.err, r.stat, r.done_at_ms, r.problems, r.part_id, p.message_id,
    r.notification_id, r.standing_state, r.tlv_id, r.kind, r.level_reason, r.copy_of, r.network,
    r.sender, found.id
from (
    select id, id as receipt_id from receipt where id > ?1 and id <= ?4
        and not exists (select 1 from found_late f where f.receipt_id = receipt.id)
    union all
    select id, receipt_id from found_late where id > ?1 and id <= ?4) found
cross join receipt r on r.id = found.receipt_id
cross join part p on p.id = r.part_id cross join message m on m.id = p.message_id
where m.account_id = ?3 order by found.id limit ?2;

-- name: receipts_step
-- Up to where a bounded step over all accounts' receipts goes; null when it comes to the end.
select id from receipt where id > ? order by id limit 1 offset ?;

-- name: unmatched
-- The inbox: receipts without a part that were not dismissed. ?3 null: of every carrier.
select r.id, r.source, r.carrier, r.bind, r.command_id, r.sequence_number, r.body,
    r.received_at_ms, r.seen_count, r.last_at_ms, r.level, r.rung, r.reason, r.receipted_id,
    r.state, r.recipient, r.err, r.stat, r.done_at_ms, r.problems, r.part_id, null,
    r.notification_id, r.standing_state, r.tlv_id, r.kind, r.level_reason, r.copy_of, r.network,
    r.sender
from receipt r
where r.part_id is null and r.id > ?1 and r.reason <> 'dismissed' and (?3 is null or r.carrier = ?3)
order by r.id limit ?2;

-- name: waiting_count
-- How long the inbox is, and how many octets carriers sent; the price is its length.
select count(*), coalesce(sum(length(body)), 0) from receipt
where part_id is null and reason <> 'dismissed';

-- name: answers_by_key
-- Parts to which the carrier gave an id with one of these keys.
select part_id from answer where match_key in (?*);

-- name: answers_by_cut_key
-- Parts whose long ids begin like these.
select part_id from answer where cut_key in (?*);

-- name: messages_before
-- The newest messages of a span of ids, at most so many, whose recipient is like one of two.
select id, part_count from (
    select id, part_count, recipient from message where id between ?1 and ?2
    order by id desc limit ?3)
where recipient like ?4 or recipient like ?5
order by id desc limit ?6;

-- name: notifications
-- Notifications with their next due time.
select n.id, n.status, n.err_code, n.received_at_ms, n.deadline_at_ms, t.due_at_ms, n.level,
    n.source, n.network, n.part_id
from notification n left join retry t on t.notification_id = n.id
where n.id in (?*);

-- name: attempts
-- Their attempts, in order.
select notification_id, number, started_at_ms, outcome, http_status, dns_us, connect_us, tls_us,
    first_byte_us, total_us, detail, ended
from attempt where notification_id in (?*) order by notification_id, number;

-- name: info
-- Sizes and counts for `homing store info`.
select (select count(*) from message), (select count(*) from part), (select count(*) from receipt),
    (select count(*) from receipt where part_id is null), (select count(*) from notification),
    (select count(*) from retry), coalesce((select accepted_at_ms from message order by id limit 1), 0);

-- name: receipt_counts
-- Promise 3: what is stored, and the sums that retention keeps of what is not.
select count(*) filter (where part_id is not null and source = 0 and copy_of = 0),
    count(*) filter (where part_id is null),
    coalesce(sum(seen_count - 1), 0),
    coalesce((select value from mark where name = 'receipts_matched_removed'), 0),
    coalesce((select value from mark where name = 'receipts_filed_removed'), 0),
    coalesce((select value from mark where name = 'receipts_repeats_removed'), 0)
from receipt;
