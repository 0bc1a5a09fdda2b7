-- Messages whose text and numbers go before their time.

-- name: message
select part_count, expires_at_ms from message where id = ?;

-- name: ask
-- Asked again, it is looked at again; who asks then cannot know the number any more.
insert into redaction (message_id, look_at_ms, recipient_digest) values (?, ?, ?)
on conflict (message_id) do update set look_at_ms = excluded.look_at_ms;

-- name: digests
-- What is left of the recipients of these messages.
select message_id, recipient_digest from redaction where message_id in (?*);

-- name: due
select message_id from redaction where look_at_ms <= ? order by look_at_ms limit ?;

-- name: look_later
update redaction set look_at_ms = ? where message_id = ?;

-- name: finish
delete from redaction where message_id = ?;

-- name: sent_parts
-- Parts that nobody submits again.
select p.id from part p where p.id between ?1 + 1 and ?1 + ?2 and (
    exists (select 1 from answer a where a.part_id = p.id)
    or exists (select 1 from receipt r where r.part_id = p.id and r.standing_state >= 20));

-- name: open_part
-- A part without its final word, or with one that a webhook still waits for.
select 1 from part p where p.id between ?1 + 1 and ?1 + ?2 and (
    not exists (select 1 from receipt r where r.part_id = p.id and r.standing_state >= 20)
    and not exists (
        select 1 from answer a where a.part_id = p.id and a.refused_state is not null)
    or exists (
        select 1 from notification n where n.id in (
            select notification_id from receipt where part_id = p.id
            union all select notification_id from answer where part_id = p.id
            union all select notification_id from undone where part_id = p.id)
        and not exists (
            select 1 from attempt t where t.notification_id = n.id and t.ended = 1)))
limit 1;

-- name: blank_numbers
-- Blanks of the same length, which SQLite writes in their place.
update receipt set recipient = printf('%*s', length(cast(recipient as blob)), ''),
    sender = printf('%*s', length(cast(sender as blob)), '') where id in (?*);

-- name: clear_numbers
update receipt set recipient = '', sender = '' where id in (?*);

-- name: clear_message
update message set sender = '', recipient = '', client_ref = null, callback = null where id = ?;
