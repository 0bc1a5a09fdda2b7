-- Messages from handsets: taken, told, read for people, and removed.

-- name: insert_inbound
-- One PDU; told by itself, waiting for others, or nobody's business but the reader's of pages.
insert into inbound (id, account_id, carrier, bind, command_id, sequence_number, body,
    received_at_ms, digest, sender, recipient, waits_until_ms, notification_id)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_inbound_notification
-- Made in the transaction of its cause.
insert into notification (id, part_id, account_id, endpoint, status, err_code, received_at_ms,
    level, source, deadline_at_ms, kind)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: wait_no_more
-- Parts that waited are told, or end so.
update inbound set account_id = ?1, notification_id = ?2, waits_until_ms = null
where id in (?*) and waits_until_ms is not null;

-- name: told
-- What these notifications tell, the parts of a whole in their order of arrival.
select notification_id, id, account_id, command_id, body, received_at_ms, sender, recipient
from inbound where notification_id in (?*) order by id;

-- name: joining
-- Parts that wait for others.
select id, account_id, carrier, bind, command_id, sequence_number, body, received_at_ms,
    waits_until_ms
from inbound where waits_until_ms is not null order by id;

-- name: recent
-- The latest, to know a repeat by.
select carrier, digest, received_at_ms from inbound order by id desc limit ?;

-- name: page
-- Messages after a cursor. ?3 null is the operator, who sees all.
select id, account_id, carrier, command_id, body, received_at_ms, sender, recipient,
    waits_until_ms, notification_id
from inbound where id > ?1 and (?3 is null or account_id = ?3) order by id limit ?2;

-- name: with_texts
-- Messages of an age whose text is here and may go: nobody is still to be told of it.
select i.id, i.notification_id from inbound i
where i.id > ? and i.id < ? and length(i.body) > 0 and i.waits_until_ms is null
    and (i.notification_id is null or exists (
        select 1 from attempt t where t.notification_id = i.notification_id and t.ended = 1))
order by i.id limit ?;

-- name: lowest_with_text
-- Below it, retention need not look for texts again.
select min(id) from inbound where id > ? and id < ? and length(body) > 0;

-- name: blank_texts
-- Blanks of the same length, which SQLite writes in their place.
update inbound set body = zeroblob(length(body)) where id in (?*);

-- name: clear_texts
-- The text is gone.
update inbound set body = x'' where id in (?*);

-- name: blank_attempts
update attempt set detail = printf('%*s', length(cast(detail as blob)), '')
where notification_id in (?*);

-- name: clear_attempts
-- What receivers answered may repeat anything.
update attempt set detail = '' where notification_id in (?*);

-- name: old_inbound
-- Messages older than an id of which nothing is still to be told.
select i.id, i.notification_id from inbound i
where i.id < ? and i.waits_until_ms is null
    and (i.notification_id is null or exists (
        select 1 from attempt t where t.notification_id = i.notification_id and t.ended = 1))
order by i.id limit ?;

-- name: blank_inbound
update inbound set body = zeroblob(length(body)),
    sender = printf('%*s', length(cast(sender as blob)), ''),
    recipient = printf('%*s', length(cast(recipient as blob)), '') where id in (?*);

-- name: delete_inbound
delete from inbound where id in (?*);

-- name: told_by_others
-- Notifications that still tell other rows.
select notification_id from inbound where notification_id in (?*);

-- name: delete_attempts
delete from attempt where notification_id in (?*);

-- name: delete_retries
delete from retry where notification_id in (?*);

-- name: delete_notifications
delete from notification where id in (?*);
