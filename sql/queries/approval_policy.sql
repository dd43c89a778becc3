-- name: holding(kind, people, geom, within_m, now, channels)
-- The rows of the policy that hold for such an alert, strictest first.
select people_over, km2_over, from_hour, to_hour, channel::text, rule::text
from approval_rules(:kind::text, :people::integer, area_km2(:geom::geometry, :within_m::float8), :now::timestamptz,
                    :channels::integer) r
order by r.rule desc, id;

-- name: policy()
-- The whole policy, mildest rule first.
select kinds, people_over, km2_over, from_hour, to_hour, channel::text, rule::text
from approval_policy p
order by p.rule, id;
