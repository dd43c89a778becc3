-- name: moments(drill, now)
-- What has happened in one drill, each first: alerts as they were released, the first request for approval, the first
-- answer.
select moment, min(at) as at from (
  select case when follow_up is null then 'alert released'
              when follow_up in ('all_clear', 'false_alarm') then 'all clear released'
              when follow_up in ('update', 'correction') then 'correction released' end as moment, release_at as at
  from alerts where drill = :drill and withdrawn_at is null and release_at <= :now
  union all
  select 'approval asked', r.submitted_at from approval_requests r join drafts d on d.id = r.draft_id where d.drill = :drill
  union all
  select 'answer received', r.received_at from responses r join alerts a on a.id = r.alert_id where a.drill = :drill
) happened
where moment is not null
group by moment;
