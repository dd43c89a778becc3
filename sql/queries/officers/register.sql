-- name: admit(id, name, post, roles, jurisdiction, address, phone)$
-- Keep what the identity provider says of an officer now; are they barred? A phone that they linked stays.
insert into officers (id, name, post, roles, jurisdiction, address, phone)
values (:id, :name, :post, :roles, :jurisdiction, :address, :phone)
on conflict (id) do update
  set name = excluded.name, post = excluded.post, roles = excluded.roles, jurisdiction = excluded.jurisdiction,
      address = excluded.address, phone = coalesce(nullif(excluded.phone, ''), officers.phone)
returning barred_at is not null;

-- name: open_session(secret, officer, now, ends_at)!
-- A sign-in begins.
insert into officer_sessions (hash, officer, signed_in_at, last_seen_at, ends_at)
values (sha256(convert_to(:secret, 'UTF8')), :officer, :now, :now, :ends_at);

-- name: present(secret, now, idle)^
-- The officer whose sign-in this is, if it counts: not ended, not too old, not idle, not barred.
select o.id, o.name, o.post, o.roles, o.jurisdiction, o.address, drill_of(o.id) as drill, s.last_seen_at
from officer_sessions s
join officers o on o.id = s.officer
where s.hash = sha256(convert_to(:secret, 'UTF8'))
  and s.ended_at is null and s.ends_at > :now and s.last_seen_at > :now - :idle and o.barred_at is null;

-- name: act(secret, now, idle)^
-- The same, for a transaction that writes: they are not idle, and whoever would end the sign-in waits for the commit.
update officer_sessions s set last_seen_at = :now
from officers o
where o.id = s.officer and s.hash = sha256(convert_to(:secret, 'UTF8'))
  and s.ended_at is null and s.ends_at > :now and s.last_seen_at > :now - :idle and o.barred_at is null
returning o.id, o.name, o.post, o.roles, o.jurisdiction, o.address, drill_of(o.id) as drill;

-- name: seen(secret, now, idle)!
-- They have just looked at something; never for a sign-in that has gone idle.
update officer_sessions set last_seen_at = :now
where hash = sha256(convert_to(:secret, 'UTF8')) and ended_at is null
  and last_seen_at < :now and last_seen_at > :now - :idle;

-- name: end_session(secret, now)$
-- Sign out; who did.
update officer_sessions set ended_at = :now, ended_by = officer
where hash = sha256(convert_to(:secret, 'UTF8')) and ended_at is null
returning officer;

-- name: end_session_of(id, now, by)$
-- An administrator ends somebody's sign-in; whose it was.
update officer_sessions set ended_at = :now, ended_by = :by
where id = :id and ended_at is null
returning officer;

-- name: bar(id, now, by)^
-- Take an officer's access away; null if they are barred already.
update officers set barred_at = :now, barred_by = :by where id = :id and barred_at is null returning name;

-- name: end_all_of(id, now, by)!
-- All sign-ins of one officer end; how many.
update officer_sessions set ended_at = :now, ended_by = :by where officer = :id and ended_at is null;

-- name: let_back(id)^
-- Give a barred officer their access back: they have to sign in anew.
update officers set barred_at = null, barred_by = null where id = :id and barred_at is not null returning name;

-- name: signed_in(now, idle)
-- Sign-ins that count, the oldest first: a new one moves none of the others on the screen.
select s.id, s.officer, o.name, o.post, o.roles, s.signed_in_at, s.last_seen_at, s.ends_at
from officer_sessions s
join officers o on o.id = s.officer
where s.ended_at is null and s.ends_at > :now and s.last_seen_at > :now - :idle and o.barred_at is null
order by s.id;

-- name: barred()
-- Officers whose access was taken away, the latest first.
select id, name, post, barred_at, barred_by from officers where barred_at is not null order by barred_at desc;

-- name: refuse(at, place, account, who, reason)!
-- A sign-in was refused.
insert into refused_sign_ins (at, place, account, who, reason) values (:at, :place, :account, :who, :reason);

-- name: refused_of(account, place, since)^
-- How often one account was refused from one place lately, and when last.
select count(*) as times, max(at) as last_at from refused_sign_ins
where account = :account and place = :place and at > :since;

-- name: refused_lately(since, limit)
-- Refused sign-ins, the newest first.
select at, place, who, reason from refused_sign_ins where at > :since order by at desc limit :limit;

-- name: name_of(id)$
-- What an officer is called.
select name from officers where id = :id;

-- name: neighbourhoods_named(beginning)$
-- Codes of the neighbourhoods whose names begin so; null where there is none.
select array_agg(code order by code) from neighbourhoods where starts_with(name, :beginning);

-- name: forget_old_sign_ins()$
-- Drop what a month has passed over.
select forget_old_sign_ins();

-- name: with_role(roles)
-- Officers who have one of these roles and may come in, by name.
select id, name, post from officers where roles && :roles::text[] and barred_at is null order by name, id;
