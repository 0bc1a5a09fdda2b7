-- Accepted parts under keys; see `newest`.

-- name: by_key
-- Parts to which the carrier gave an id with one of these keys.
select part_id, match_key from answer where match_key in (?*) limit 1024;

-- name: by_key_newest
-- The newest parts under one key.
select part_id from answer where match_key = ? order by part_id desc limit ?;

-- name: by_cut_key
-- Parts whose long ids begin like these.
select part_id, cut_key from answer where cut_key in (?*) limit 1024;

-- name: by_cut_key_newest
-- The newest parts whose long ids begin like this one.
select part_id from answer where cut_key = ? order by part_id desc limit ?;
