-- name: fatigue(start, before)
-- People by how many alerts they got in a month, and those of them who left in that month or the next; with 0 alerts,
-- everybody else who was in during that month.
with months as (
  select generate_series(:start::date, :before::date - 1, interval '1 month')::date as month
), everybody as (
  select m.month, sum(d.confirmed - d.leavers) + coalesce(sum(d.leavers) filter (where d.day >= m.month), 0) as people
  from months m join sign_up_days d on d.dimension = 'all' and d.day < (m.month + interval '1 month')::date
  group by m.month
), gone as (
  select m.month, sum(d.leavers) as people
  from months m join sign_up_days d
    on d.dimension = 'all' and d.day >= m.month and d.day < (m.month + interval '2 months')::date
  group by m.month
), told as (
  select month, sum(people) as people, sum(leavers) as leavers from message_months group by month
)
select month, alerts, people, leavers from message_months where month >= :start and month < :before
union all
select e.month, 0, greatest(e.people - coalesce(t.people, 0), 0)::integer,
       greatest(coalesce(g.people, 0) - coalesce(t.leavers, 0), 0)::integer
from everybody e left join gone g using (month) left join told t using (month)
order by month, alerts;
