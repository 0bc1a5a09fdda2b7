-- What applications said of their messages.

-- name: message_of_account
select exists (select 1 from message where id = ? and account_id = ?);

-- name: last_word
-- The word that counts.
select delivered, at_ms from conversion where message_id = ? order by id desc limit 1;

-- name: insert_conversion
insert into conversion (message_id, delivered, at_ms, told_at_ms) values (?, ?, ?, ?);

-- name: thin_out
-- Beyond so many words of a message its second one goes: the first and the latest stay.
delete from conversion where id = (
    select id from conversion where message_id = ?1 order by id limit 1 offset 1)
    and (select count(*) from conversion where message_id = ?1) > ?2;

-- name: of_message
select delivered, at_ms, told_at_ms from conversion where message_id = ? order by id;

-- name: any_conversion
-- Many applications never say one.
select exists (select 1 from conversion);

-- name: last_words
-- The words that count, of several messages.
select c.message_id, c.delivered from conversion c
where c.message_id in (?*) and not exists (
    select 1 from conversion n where n.message_id = c.message_id and n.id > c.id);

-- name: delete_conversions
delete from conversion where message_id in (?*);
