-- name: holding(kind, people, geom, within_m, now, channels)
-- The rows of the policy that hold for such an alert, strictest first.
select id, kinds, people_over, km2_over, from_hour, to_hour, channel::text, rule::text
from approval_rules(:kind::text, :people::integer, area_km2(:geom::geometry, :within_m::float8), :now::timestamptz,
                    :channels::integer) r
order by r.rule desc, id;

-- name: policy()
-- The whole policy, mildest rule first.
select id, kinds, people_over, km2_over, from_hour, to_hour, channel::text, rule::text
from approval_policy p
order by p.rule, id;

-- name: one(id)^
-- One row of the policy.
select id, kinds, people_over, km2_over, from_hour, to_hour, channel::text, rule::text
from approval_policy where id = :id;

-- name: may_change(officer)$
-- May this officer change the policy?
select may_change_policy(:officer);

-- name: change(id, officer, why, people_over, km2_over, from_hour, to_hour, rule)!
-- Move one rule's line, or what follows from it; the audit says who, why, and what was before.
select change_policy(:id, :officer, :why, :people_over::integer, :km2_over::float8, :from_hour::smallint,
                     :to_hour::smallint, :rule::approval_rule);

-- name: changes(at_most)
-- The last changes of the policy, the newest first: what it was and what it became, as rows of the policy.
select at, officer, detail ->> 'why' as why, detail -> 'before' as before, detail -> 'after' as after
from audit where action = 'approval policy changed' order by id desc limit :at_most;
