-- Rollup and retention: small batches on the writer's connection.

-- name: expiries
-- The positions of these parts in the order of the rollup.
select p.id, m.expires_at_ms from part p join message m on m.id = p.message_id
where p.id in (?*);

-- name: add_hourly
-- Counts of one step on top of those of the steps before.
insert into hourly (hour, carrier, network, outcome, part_count) values (?, ?, ?, ?, ?)
on conflict (hour, carrier, network, outcome) do update
    set part_count = part_count + excluded.part_count;

-- name: drop_hourly
-- Hours of which retention removed nothing can be made again from the rows.
delete from hourly where hour > ?;

-- name: remove_hourly
-- Counts of hours before one.
delete from hourly where (hour, carrier, network, outcome) in (
    select hour, carrier, network, outcome from hourly where hour < ? limit ?);

-- name: with_texts
-- Messages older than an id whose texts are here and may go: every part has its final word.
select m.id, m.part_count from message m
where m.id > ? and m.id < ? and m.texts_gone = 0 and not exists (
    select 1 from part p where p.id between m.id + 1 and m.id + m.part_count
        and not exists (
            select 1 from receipt r where r.part_id = p.id and r.standing_state >= 20)
        and not exists (
            select 1 from answer a where a.part_id = p.id and a.refused_state is not null))
order by m.id limit ?;

-- name: lowest_with_texts
-- Below it, retention need not look for texts again.
select min(id) from message where id > ? and id < ? and texts_gone = 0;

-- name: blank_parts
-- Blanks of the same length, which SQLite writes in their place; so in the others.
update part set body = zeroblob(length(body)) where id in (?*);

-- name: blank_texts_of_receipts
update receipt set body = iif(body is null, null, zeroblob(length(body))),
    standing_octets = iif(standing_octets is null, null, zeroblob(length(standing_octets))),
    problems = printf('%*s', length(cast(problems as blob)), '') where id in (?*);

-- name: blank_receipts
update receipt set body = iif(body is null, null, zeroblob(length(body))),
    standing_octets = iif(standing_octets is null, null, zeroblob(length(standing_octets))),
    problems = printf('%*s', length(cast(problems as blob)), ''),
    receipted_id = printf('%*s', length(cast(receipted_id as blob)), ''),
    tlv_id = printf('%*s', length(cast(tlv_id as blob)), ''),
    recipient = printf('%*s', length(cast(recipient as blob)), ''),
    sender = printf('%*s', length(cast(sender as blob)), ''),
    stat = printf('%*s', length(cast(stat as blob)), ''),
    network = printf('%*s', length(cast(network as blob)), '') where id in (?*);

-- name: blank_attempts
update attempt set detail = printf('%*s', length(cast(detail as blob)), '')
where notification_id in (?*);

-- name: blank_messages
update message set sender = printf('%*s', length(cast(sender as blob)), ''),
    recipient = printf('%*s', length(cast(recipient as blob)), ''),
    client_ref = iif(client_ref is null, null, printf('%*s', length(cast(client_ref as blob)), '')),
    callback = iif(callback is null, null, printf('%*s', length(cast(callback as blob)), ''))
where id in (?*);

-- name: clear_messages
-- Their texts are gone.
update message set texts_gone = 1 where id in (?*);

-- name: clear_parts
-- The text in the submit_sm bodies.
update part set body = x'' where id in (?*);

-- name: clear_attempts
-- What receivers answered may repeat anything.
update attempt set detail = '' where notification_id in (?*);

-- name: receipts_by_age
-- Receipts of an age, to find those that came when their message's text was gone, or unmatched.
select id, length(body) from receipt where id > ? and id < ? order by id limit ?;

-- name: clear_receipts
-- The text in these receipts: carriers repeat its beginning.
update receipt set body = iif(body is null, null, x''),
    standing_octets = iif(body is null, x'', null), problems = '' where id in (?*);

-- name: old_messages
-- Messages older than an id of which nothing is open, waiting or untold.
select m.id, m.part_count from message m
where m.id < ? and not exists (
    select 1 from part p where p.id between m.id + 1 and m.id + m.part_count and (
        not exists (
            select 1 from receipt r where r.part_id = p.id and r.standing_state >= 20)
        and not exists (
            select 1 from answer a where a.part_id = p.id and a.refused_state is not null)
        or exists (
            select 1 from receipt r where r.part_id = p.id and r.notification_id is not null
                and not exists (select 1 from attempt t
                    where t.notification_id = r.notification_id and t.ended = 1))
        or exists (
            select 1 from answer a where a.part_id = p.id and a.notification_id is not null
                and not exists (select 1 from attempt t
                    where t.notification_id = a.notification_id and t.ended = 1))))
order by m.id limit ?;

-- name: receipts_of_parts
select id from receipt where part_id in (?*);

-- name: notifications_of_receipts
-- What was told of these parts' receipts.
select notification_id from receipt where part_id in (?*) and notification_id is not null;

-- name: notifications_of_answers
-- What was told of these parts' refusals.
select notification_id from answer where part_id in (?*) and notification_id is not null;

-- name: notifications_undone
-- What was told of these parts by receipts that left them.
select notification_id from undone where part_id in (?*);

-- name: sums_of_receipts
-- Promise 3: what goes stays in the sums.
select count(*) filter (where source = 0 and copy_of = 0), coalesce(sum(seen_count - 1), 0)
from receipt where part_id in (?*);

-- name: newest_unmatched
-- The newest unmatched receipt for which there is no room.
select id from receipt where part_id is null order by id desc limit 1 offset ?;

-- name: old_unmatched
-- Unmatched receipts older than an id.
select id, seen_count from receipt where part_id is null and id < ? order by id limit ?;

-- name: parts_of_old_receipts
-- Receipts of an age: whether there is a raw receipt of a part, and until when the part is open.
select r.id, r.part_id, r.part_id is not null and r.source = 0, m.expires_at_ms
from receipt r left join part p on p.id = r.part_id left join message m on m.id = p.message_id
where r.id > ? and r.id < ? order by r.id limit ?;

-- name: spent_receipts
-- Raw receipts up to an id that neither tell their part's standing (a newer one does) nor made a
-- notification: its story, with the attempts, hangs on them.
select r.id, r.seen_count, r.copy_of from receipt r
where +r.id <= ? and r.part_id in (?*) and r.source = 0 and r.notification_id is null
    and exists (select 1 from receipt n
        where n.part_id = r.part_id and n.id > r.id and n.standing_state is not null);

-- name: empty_receipts
-- What stays: when and whence they came, and the words of the standing (state, err, done date).
update receipt set body = x'', standing_octets = null, receipted_id = '', tlv_id = '',
    recipient = '', sender = '', stat = '', network = '', problems = '' where id in (?*);

-- name: delete_first_answers
-- Keys of messages below an id: a request under one of them is a new one.
delete from first_answer where key in (
    select key from first_answer where message_id < ? order by message_id limit ?);

-- name: delete_attempts
delete from attempt where notification_id in (?*);

-- name: delete_retries
delete from retry where notification_id in (?*);

-- name: delete_notifications
delete from notification where id in (?*);

-- name: delete_receipts
delete from receipt where id in (?*);

-- name: delete_found_late
delete from found_late where receipt_id in (?*);

-- name: delete_waiting
delete from waiting where receipt_id in (?*);

-- name: delete_undone
delete from undone where part_id in (?*);

-- name: delete_answers
delete from answer where part_id in (?*);

-- name: delete_submitting
delete from submitting where part_id in (?*);

-- name: delete_lost_answers
delete from lost_answer where part_id in (?*);

-- name: delete_backlog
delete from backlog where part_id in (?*);

-- name: delete_parts
delete from part where id in (?*);

-- name: delete_messages
delete from message where id in (?*);
