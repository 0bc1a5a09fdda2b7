-- An account's messages of a time, on the read-only connection. Ids hold the time; no index holds
-- account or recipient, so the messages of all accounts are looked at, a step at a time.

-- name: step_end
-- The last message of a step of ?3 + 1 messages after ?1 and before ?2.
select id from message where id > ?1 and id < ?2 order by id limit 1 offset ?3;

-- name: last
-- Where there are no more than a step.
select max(id) from message where id > ?1 and id < ?2;

-- name: sent
-- Those of an account in one step. ?4 null: to everybody.
select id, part_count from message
where id > ?1 and id <= ?2 and account_id = ?3 and (?4 is null or recipient = ?4)
order by id limit ?5;
