-- name: in_force()
-- Teams that may be passed something, by name, with who belongs to each.
select t.id, t.name, t.contact, array(select officer from team_members m where m.team = t.id order by officer) as members
from teams t where t.removed_at is null order by lower(t.name);

-- name: has_one(officer)$
-- Whether this officer belongs to a team, or to one that was removed with things still passed to it.
select exists (select from team_members where officer = :officer);

-- name: hold(id)^
-- One team that is not removed, held until the transaction ends.
select t.id, t.name, t.contact, array(select officer from team_members m where m.team = t.id order by officer) as members
from teams t where t.id = :id and t.removed_at is null for update;

-- name: is_taken(name, id)$
-- Whether another team is called so.
select exists (select from teams where lower(name) = lower(:name) and removed_at is null and id is distinct from :id::bigint);

-- name: add(name, contact)$
-- A new team; its id.
insert into teams (name, contact) values (:name, :contact) returning id;

-- name: change(name, contact, id)!
-- What it is called, and where it is reached.
update teams set name = :name, contact = :contact where id = :id;

-- name: set_members(team, members)!
-- These belong to it.
insert into team_members (team, officer) select :team, unnest(:members::text[]) on conflict do nothing;

-- name: let_out(team, members)!
-- Nobody but these belongs to it.
delete from team_members where team = :team and officer <> all(:members::text[]);

-- name: remove(now, by, id)!
-- Nothing more is passed on to it.
update teams set removed_at = :now, removed_by = :by where id = :id;

-- name: write_to(team, mail)$
-- Write to its mailbox, if it has one.
select tell_team(:team::bigint, :mail::jsonb);
