-- name: record(officer, action, alert_id, draft_id, detail)!
-- One entry of who did what.
insert into audit (officer, action, alert_id, draft_id, detail)
values (:officer, :action, :alert_id, :draft_id, :detail);

-- name: timeline(alert_id)
-- What was done to one alert, and to the draft it came from.
select at, officer, action, detail
from audit
where alert_id = :alert_id or draft_id = (select draft_id from alerts where id = :alert_id)
order by id;
