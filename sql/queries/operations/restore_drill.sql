-- name: could_leave()^
-- What a worker could hand over or do, and whom the matching table holds who must not be in it.
select (select count(*) from deliveries where state in ('pending', 'sending')) as deliveries,
       (select count(*) from service_mails where handed_over_at is null and failure_reason is null) as mails,
       (select count(*) from approval_calls where handed_over_at is null and failed_at is null) as calls,
       (select count(*) from procrastinate_jobs) as jobs,
       (select count(*) from audience_places p where p.channels <> 0 and not exists (
          select from subscribers s join contacts c on c.subscriber_id = s.id and c.off_at is null
          where s.id = p.subscriber_id and s.left_at is null)) as strays;
