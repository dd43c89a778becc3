-- name: of_team(officer)
-- The areas that this officer's team has saved, by name.
select s.id, s.name, s.area, s.saved_by, s.saved_at
from saved_areas s join officers o on o.id = :officer and s.team is not distinct from team_of(o.jurisdiction)
order by lower(s.name);

-- name: save(officer, name, area, now)^
-- Keep an area for the officer's team under a name; an area of that name is replaced, and its old shape comes back.
with mine as (
  select team_of(jurisdiction) as team from officers where id = :officer
), earlier as (
  select s.area from saved_areas s, mine
  where s.team is not distinct from mine.team and lower(s.name) = lower(:name)
)
insert into saved_areas (team, name, area, saved_by, saved_at)
select mine.team, :name, :area, :officer, :now from mine
on conflict (coalesce(team, '{*}'), lower(name))
  do update set name = excluded.name, area = excluded.area, saved_by = excluded.saved_by, saved_at = excluded.saved_at
returning id, (select area from earlier) as earlier;

-- name: rename(officer, id, name)^
-- Call one of the team's areas otherwise; its old name. Nothing where another has that name, or it is gone.
update saved_areas s set name = :name
from saved_areas was, officers o
where s.id = :id and was.id = s.id and o.id = :officer and s.team is not distinct from team_of(o.jurisdiction)
  and not exists (select from saved_areas other where other.team is not distinct from s.team and other.id <> s.id
                  and lower(other.name) = lower(:name))
returning was.name;

-- name: remove(officer, id)^
-- Take one of the team's areas off the list; what it was.
delete from saved_areas s using officers o
where s.id = :id and o.id = :officer and s.team is not distinct from team_of(o.jurisdiction)
returning s.name, s.area;

-- name: last_sent(officer)$
-- The area of the last alert that this officer sent and did not undo, as its draft had it.
select d.content -> 'area'
from alerts a join drafts d on d.id = a.draft_id
where a.issued_by = :officer and a.withdrawn_at is null and a.msg_type <> 'Cancel'
order by a.issued_at desc
limit 1;
