-- name: told(start, before)
-- People by how many alerts they got in a month, and those of them who left in that month or the next, in tens.
select month, alerts, people, leavers from message_months where month >= :start and month < :before
order by month, alerts;
