-- Submits that were refused.

-- name: insert_rejection
insert into rejection (id, account_id, sender, recipient, status, error_text)
values (?, ?, ?, ?, ?, ?);

-- name: of_account
-- An account's, of a time.
select id, sender, recipient, status, error_text from rejection
where account_id = ? and id > ? and id < ? order by id limit ?;

-- name: old_rejections
select id from rejection where id < ? order by id limit ?;

-- name: blank_rejections
-- Blanks of the same length, which SQLite writes in their place.
update rejection set sender = printf('%*s', length(cast(sender as blob)), ''),
    recipient = printf('%*s', length(cast(recipient as blob)), '') where id in (?*);

-- name: delete_rejections
delete from rejection where id in (?*);
