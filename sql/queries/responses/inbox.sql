-- name: counts()^
-- How many responses nobody has looked at yet, and how many of these are urgent.
select count(*) as unread, count(*) filter (where urgent) as urgent from responses where first_look_at is null;

-- name: answers(alert_id)^
-- How many answered one alert, and how many of these nobody has looked at yet.
select count(*) as responses, count(*) filter (where first_look_at is null) as unread
from responses where alert_id = :alert_id;

-- name: queue(state, alert_id, officer, ids, member, limit, skipped)
-- Responses for the list, open ones first, then urgent ones, then the newest; of those with these ids, unless it is null,
-- and passed to the teams of this member, unless it is null. Of each group near one another the first, with how many more.
select r.id, r.reference, r.alert_id, r.received_at, r.saw, r.seen_at, r.place, r.happening_now, r.urgent, r.urgent_words,
       r.first_look_at, r.claimed_by, r.verdict, t.name as team, r.grade, e.officers_headline as headline,
       a.incident_number, a.area_desc, exists (select from response_photos p where p.response_id = r.id) as has_photo,
       g.near, g.more_near, g.new_near
from (
  select id, closed, urgent, received_at,
         row_number() over (partition by coalesce(near, id) order by closed, urgent desc, received_at desc, id desc) as place,
         coalesce(near, id) as near, count(*) over (partition by coalesce(near, id)) - 1 as more_near,
         count(*) filter (where first_look_at is null) over (partition by coalesce(near, id)) as new_near
  from responses r
  where case :state::text when 'open' then case when :member::text is null then not closed else verdict = 'passed_on' end
                    when 'unread' then first_look_at is null
                    when 'done' then case when :member::text is null then closed else verdict <> 'passed_on' end
                    else true end
    and (:alert_id::bigint is null or alert_id = :alert_id)
    and (:officer::text is null or claimed_by = :officer)
    and (:ids::bigint[] is null or id = any(:ids))
    and (:member::text is null or team in (select team from team_members where officer = :member))
) g
join responses r on r.id = g.id
join alerts a on a.id = r.alert_id
join alert_endings e on e.id = a.id
left join teams t on t.id = r.team
where g.place = 1
order by r.closed, r.urgent desc, r.received_at desc, r.id desc
limit :limit offset :skipped;

-- name: queue_counts(state, alert_id, officer, ids, member)^
-- How many the list could show, how many of these in this state, how many of those this officer has claimed, and their rows.
select count(*) as everything, count(*) filter (where in_state) as in_state,
       count(*) filter (where in_state and (:officer::text is null or claimed_by = :officer)) as listed,
       count(distinct coalesce(near, id)) filter (where in_state and (:officer::text is null or claimed_by = :officer)) as rows
from (
  select id, near, claimed_by,
         case :state::text when 'open' then case when :member::text is null then not closed else verdict = 'passed_on' end
                   when 'unread' then first_look_at is null
                   when 'done' then case when :member::text is null then closed else verdict <> 'passed_on' end
                   else true end as in_state
  from responses
  where (:alert_id::bigint is null or alert_id = :alert_id)
    and (:ids::bigint[] is null or id = any(:ids))
    and (:member::text is null or team in (select team from team_members where officer = :member))
) r;

-- name: alerts_with_responses(limit)
-- Alerts that somebody answered, those with the newest response first.
select a.id, e.officers_headline as headline, a.incident_number, count(*) as responses, count(*) filter (where not r.closed) as open
from responses r join alerts a on a.id = r.alert_id join alert_endings e on e.id = a.id
group by a.id, e.officers_headline
order by max(r.received_at) desc
limit :limit;

-- name: load(id)^
-- One response, the alert it answers, and both places (EPSG:4326) for the map.
select r.id, r.reference, r.alert_id, r.subscriber_id, r.received_at, r.saw, r.seen_at, r.happening_now, r.place,
       r.point_from, r.near, r.name, r.contact, r.may_contact, r.urgent, r.urgent_words, r.first_look_at, r.first_look_by,
       r.claimed_at, r.claimed_by, r.verdict, r.verdict_at, r.verdict_by, t.name as team, r.passed_at, r.passed_by,
       r.grade, r.graded_at, r.graded_by, r.closed, r.outcome,
       st_x(st_transform(r.point, 4326)) as lon, st_y(st_transform(r.point, 4326)) as lat,
       round(metres_from(a.area, a.within_m, r.point)) as metres_from_area,
       p.width as photo_width, p.height as photo_height,
       e.officers_headline as headline, a.incident_number, a.area_desc, a.urgent as alert_urgent, a.release_at
from responses r
join alerts a on a.id = r.alert_id
join alert_endings e on e.id = a.id
left join response_photos p on p.response_id = r.id
left join teams t on t.id = r.team
where r.id = :id;

-- name: of_incident(incident_number, alert_id)
-- Everything people told us about one incident, oldest first, for the case file; without a number, about one alert's
-- thread.
select r.id, r.reference, r.alert_id, r.received_at, r.saw, r.seen_at, r.happening_now, r.place, r.point_from, r.name,
       r.contact, r.may_contact, r.urgent_words, r.first_look_at, r.first_look_by, r.claimed_by, r.verdict, r.verdict_at,
       r.verdict_by, t.name as team, r.passed_at, r.passed_by, r.grade, r.graded_by, f.reference as near, r.outcome, st_x(st_transform(r.point, 4326)) as lon, st_y(st_transform(r.point, 4326)) as lat,
       a.identifier, a.status
from responses r join alerts a on a.id = r.alert_id
left join teams t on t.id = r.team
left join responses f on f.id = r.near
where case when :incident_number = '' then a.thread = (select thread from alerts where id = :alert_id)
      else a.incident_number = :incident_number end
order by r.received_at, r.id;

-- name: alerts_of_incident(incident_number, alert_id)
-- The alerts of one incident, oldest first; without a number, those of one alert's thread.
select headline, description, area_desc, people, issued_by, release_at, status
from alerts where case when :incident_number = '' then thread = (select thread from alerts where id = :alert_id)
      else incident_number = :incident_number end
  and withdrawn_at is null order by issued_at;

-- name: notes(id)
-- What officers wrote under one response.
select at, officer, words from response_notes where response_id = :id order by id;

-- name: photo(id)$
-- One response's photograph.
select jpeg from response_photos where response_id = :id;

-- name: sightings(alert_id)
-- Where people saw something, of one alert (EPSG:4326).
select id, coalesce(near, id) as near, st_x(st_transform(point, 4326)) as lon, st_y(st_transform(point, 4326)) as lat
from responses where alert_id = :alert_id and point is not null order by id limit 500;
