-- What receipts were worth: made by the roll-up from the rows of parts.

-- name: parts
-- What was asked of whom, and what the carrier answered.
select p.id, m.accepted_at_ms, p.carrier, m.network, a.refused_state, a.refused_source,
    a.answered_at_ms, a.match_key is not null, p.message_id
from part p join message m on m.id = p.message_id left join answer a on a.part_id = p.id
where p.id in (?*);

-- name: words
-- The receipts of these parts and our own words, in the order of their coming.
select part_id, source, received_at_ms, level, rung, state, seen_count, network, standing_state,
    standing_source
from receipt where part_id in (?*) order by part_id, id;

-- name: add_evidence
-- Counts of one step on top of those of the steps before.
insert into evidence (carrier, hour, network, fact, value, count) values (?, ?, ?, ?, ?, ?)
on conflict (carrier, hour, network, fact, value) do update set count = count + excluded.count;

-- name: drop_evidence
-- Hours of whose receipts retention removed nothing can be made again from the rows.
delete from evidence where hour > ?;

-- name: remove_evidence
-- Counts of hours before one: one seek a carrier.
delete from evidence where (carrier, hour, network, fact, value) in (
    with recursive known (carrier) as (
        select min(carrier) from evidence
        union all
        select (select min(carrier) from evidence where carrier > known.carrier)
        from known where known.carrier is not null)
    select e.carrier, e.hour, e.network, e.fact, e.value
    from known k cross join evidence e on e.carrier = k.carrier
    where e.hour < ? limit ?);

-- name: put_early
-- The receipts of these parts go before the roll-up has come to the parts: they are counted now.
insert into counted_early (part_id) values (?);

-- name: early
-- Which of these parts are counted already.
select part_id from counted_early where part_id in (?*);

-- name: any_early
-- Mostly none is.
select exists (select 1 from counted_early);

-- name: delete_early
-- The roll-up has come to these parts, or they go.
delete from counted_early where part_id in (?*);

-- name: of_carrier
-- The sums since an hour.
select network, fact, value, sum(count) from evidence where carrier = ? and hour >= ?
group by network, fact, value order by network, fact, value;
