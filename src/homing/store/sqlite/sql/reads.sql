-- What the gateway reads: in batches, never for one message on its way.

-- name: accounts
-- All accounts, with their sealed secrets for signing.
select id, api_key, name, secret_digests, webhook_url, webhook_method, rate_per_s, balance_units,
    tell_intermediate, created_at_ms, options, secrets
from account left join signature_secret on account_id = id order by id;

-- name: highest_id
-- The highest id given out so far.
select max(coalesce((select max(id) from message), 0), coalesce((select max(id) from part), 0),
    coalesce((select max(id) from receipt), 0), coalesce((select max(id) from notification), 0),
    coalesce((select max(id) from account), 0), coalesce((select max(id) from inbound), 0),
    coalesce((select max(id) from rejection), 0), coalesce((select max(id) from found_late), 0));

-- name: mark
-- A named position.
select value from mark where name = ?;

-- name: unanswered
-- Parts above a position that nobody answered and that have no row to be found by.
select p.id, p.carrier from part p
where p.id >= ? and not exists (select 1 from answer a where a.part_id = p.id)
    and not exists (select 1 from backlog b where b.part_id = p.id)
    and not exists (select 1 from submitting s where s.part_id = p.id)
    and not exists (select 1 from receipt r where r.part_id = p.id and r.standing_state >= 20)
order by p.id;

-- name: held
-- Parts whose submit_sm may have left and that have neither an answer nor a final word.
select s.part_id from submitting s
where s.part_id >= ? and not exists (select 1 from answer a where a.part_id = s.part_id)
    and not exists (
        select 1 from receipt r where r.part_id = s.part_id and r.standing_state >= 20)
order by s.part_id limit ?;

-- name: untold
-- Notifications above a position without an attempt and without a row to be found by.
select n.id, n.endpoint, n.received_at_ms, n.deadline_at_ms from notification n
where n.id >= ? and not exists (select 1 from attempt a where a.notification_id = n.id)
    and not exists (select 1 from retry r where r.notification_id = n.id)
order by n.id;

-- name: behind
-- Endpoints above one that have retries, one seek each: whose they are, and when the first is due.
with recursive found (endpoint) as (
    select min(endpoint) from retry where endpoint > ?1
    union all
    select (select min(endpoint) from retry where endpoint > found.endpoint)
    from found where found.endpoint is not null limit ?2)
select f.endpoint, n.account_id, r.due_at_ms from found f
    join retry r on r.notification_id = (
        select notification_id from retry where endpoint = f.endpoint order by due_at_ms limit 1)
    join notification n on n.id = r.notification_id
order by f.endpoint;

-- name: lost_answers
-- The latest submits that were not answered.
select l.carrier, m.recipient, m.expires_at_ms from lost_answer l
    join part p on p.id = l.part_id join message m on m.id = p.message_id
order by l.part_id desc limit ?;

-- name: backlogged
-- Carriers that have a backlog, one seek each.
with recursive found (carrier) as (
    select min(carrier) from backlog
    union all
    select (select min(carrier) from backlog where carrier > found.carrier)
    from found where found.carrier is not null)
select carrier from found where carrier is not null;

-- name: lowest_match_key
-- Receipts need not look for older ids than this.
select min(match_key) from answer where match_key is not null;

-- name: parts
-- Whole parts with their message and what the carrier answered.
select p.id, p.message_id, p.carrier, p.body, m.uuid, m.account_id, m.sender, m.recipient,
    m.client_ref, m.callback, m.part_count, m.price_units, m.network, m.accepted_at_ms,
    m.expires_at_ms, m.report, a.carrier_message_id, a.refused_state, a.refused_source,
    a.refused_err, n.status, s.at_ms, b.part_id, n.id, a.answered_at_ms, m.extras
from part p join message m on m.id = p.message_id
    left join answer a on a.part_id = p.id
    left join notification n on n.id = a.notification_id
    left join submitting s on s.part_id = p.id
    left join backlog b on b.part_id = p.id
where p.id in (?*);

-- name: first_answer
-- The first answer under an Idempotency-Key, with its message.
select f.request, f.balance_units, m.id, m.uuid, m.account_id, m.sender, m.recipient, m.client_ref,
    m.callback, m.part_count, m.price_units, m.network, m.accepted_at_ms, m.expires_at_ms,
    m.report
from first_answer f join message m on m.id = f.message_id
where f.key = ? and f.message_id >= ?;

-- name: receipts_of_parts
-- What came for these parts, and what was told of it.
select r.part_id, r.id, r.digest, r.standing_state, r.standing_source, r.standing_done_at_ms,
    r.standing_err, coalesce(r.standing_octets, r.body), r.standing_level, r.notification_id,
    n.status
from receipt r left join notification n on n.id = r.notification_id
where r.part_id in (?*) order by r.id;

-- name: told_and_undone
-- What was told of these parts by receipts that left them.
select u.part_id, n.id, n.status from undone u join notification n on n.id = u.notification_id
where u.part_id in (?*);

-- name: waiting_parts
-- The backlog of a carrier, without what was answered, perhaps sent already, or has its final word.
select b.part_id from backlog b
where b.carrier = ? and b.part_id > ?
    and not exists (select 1 from answer a where a.part_id = b.part_id)
    and not exists (select 1 from submitting s where s.part_id = b.part_id)
    and not exists (
        select 1 from receipt r where r.part_id = b.part_id and r.standing_state >= 20)
order by b.part_id limit ?;

-- name: due
-- Retries of an endpoint that are due, the longest due first; then those that are further ahead than
-- any schedule goes: they were written under a clock that was set back since. No `or`: it would sort.
select notification_id from (
    select notification_id from retry where endpoint = ?1 and due_at_ms <= ?2
    order by due_at_ms, notification_id limit ?3)
union all select notification_id from (
    select notification_id from retry where endpoint = ?1 and due_at_ms > ?4
    order by due_at_ms, notification_id limit ?3)
limit ?3;

-- name: next_due
-- When the next retry of an endpoint after these is due.
select due_at_ms from retry where endpoint = ? order by due_at_ms, notification_id limit 1 offset ?;

-- name: expired_retries
-- Retries whose deadline has passed.
select notification_id from retry where deadline_at_ms <= ? order by deadline_at_ms limit ?;

-- name: notifications
-- Whole notifications, with the number of their attempts.
select n.id, n.part_id, n.endpoint, n.status, n.err_code, n.received_at_ms, n.level, n.source,
    n.deadline_at_ms,
    (select max(number) from attempt a where a.notification_id = n.id), r.notification_id,
    n.network, n.kind
from notification n left join retry r on r.notification_id = n.id
where n.id in (?*) order by n.id;

-- name: expired_messages
-- Messages whose time is up and that have parts above a position, in the order in which it ran out.
select expires_at_ms, id, part_count from message
where expires_at_ms between ?1 and ?3 and (expires_at_ms > ?1 or id + part_count > ?2)
order by expires_at_ms, id limit ?4;

-- name: reopened
-- Parts that lost their final word, up to a position.
select part_id from reopened where (expires_at_ms, part_id) <= (?, ?)
order by expires_at_ms, part_id limit ?;

-- name: without_final_word
-- Which of these parts have no final standing.
select p.id from part p
where p.id in (?*) and not exists (
    select 1 from receipt r where r.part_id = p.id and r.standing_state >= 20)
    and not exists (
    select 1 from answer a where a.part_id = p.id and a.refused_state is not null)
order by p.id;

-- name: waiting_receipts_after
-- The receipts that wait for their part, a page at a time.
select r.id, r.carrier, r.bind, r.command_id, r.sequence_number, r.body, r.received_at_ms,
    r.level, r.receipted_id, r.state, r.recipient, r.sender, r.err, r.stat, r.done_at_ms,
    r.network, r.problems, r.tlv_id, r.kind, r.part_index, r.submitted_at_ms, r.digest
from receipt r where r.part_id is null and r.id > ? and r.reason <> 'dismissed'
order by r.id limit ?;

-- name: booking
-- One receipt of a carrier, and its part.
select r.id, r.carrier, r.bind, r.command_id, r.sequence_number, r.body, r.received_at_ms,
    r.level, r.receipted_id, r.state, r.recipient, r.sender, r.err, r.stat, r.done_at_ms,
    r.network, r.problems, r.tlv_id, r.kind, r.part_index, r.submitted_at_ms, r.digest,
    r.part_id, r.rung,
    r.copy_of <> 0 or exists (
        select 1 from receipt c
        where c.part_id between r.part_id - 255 and r.part_id + 255 and c.copy_of = r.id)
from receipt r where r.id = ? and r.source = 0;

-- name: said_of_sisters
-- The receipts of parts of one message that the carrier gave one id.
select r.id, r.carrier, r.bind, r.command_id, r.sequence_number, r.body, r.received_at_ms,
    r.level, r.receipted_id, r.state, r.recipient, r.sender, r.err, r.stat, r.done_at_ms,
    r.network, r.problems, r.tlv_id, r.kind, r.part_index, r.submitted_at_ms, r.digest
from answer a join receipt r on r.part_id = a.part_id
where a.part_id between ?1 and ?2 and a.part_id <> ?3 and a.carrier_message_id = ?4
    and r.carrier = ?5 and r.source = 0 and r.copy_of = 0 and r.part_index = 0
    and r.rung <> 'operator'
order by r.id;

-- name: booked_floor
-- The lowest id of a step back over receipts.
select min(id) from (
    select id from receipt where id >= ? and id < ? order by id desc limit ?);

-- name: booked
-- The latest matched receipts of a carrier by one of some rungs.
select id from receipt where id >= ?2 and id < ?3
    and carrier = ?1 and part_id is not null and source = 0 and rung in (?*)
order by id desc;

-- name: words_of_part
-- Each word about a part by itself.
select id, state, source, done_at_ms, err, coalesce(body, x''), level = 'handset'
from receipt where part_id = ? order by id;

-- name: learned
-- What was learned of each carrier.
select carrier, learned from learned;

