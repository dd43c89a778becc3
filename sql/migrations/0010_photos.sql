-- A photograph with an alert: kept with its draft, copied by the transaction that issues it, seen while the alert counts.

-- As the officer chose it, re-encoded.
create table draft_photos (
  id       uuid primary key default gen_random_uuid(),   -- named by the draft's content: another photo, another version
  draft_id uuid not null references drafts on delete cascade,
  jpeg     bytea not null check (length(jpeg) <= 1000000),   -- FCM shows nothing larger
  width    integer not null,
  height   integer not null,
  kept_at  timestamptz not null default now()
);
create index draft_photos_draft on draft_photos (draft_id);   -- issuing, and forgetting one draft's

-- As it went with the alert.
create table alert_photos (
  alert_id      bigint primary key references alerts,
  jpeg          bytea,           -- null: erased, a day after it was last to be seen
  width         integer not null,
  height        integer not null,
  alt           text not null check (length(alt) between 1 and 200),   -- what it shows, in words
  sha256        bytea not null,  -- stays, and says of any picture whether it was this one
  taken_down_at timestamptz,
  taken_down_by text,
  check ((taken_down_at is null) = (taken_down_by is null)),
  constraint hash_is_the_pictures check (jpeg is null or sha256 = sha256(jpeg))
);
create constraint trigger alert_photos_are_sealed after insert on alert_photos
  deferrable initially deferred for each row execute function seal(
    'photograph of alert', 'alert_id', 'width, height, alt, sha256, jpeg is null or sha256(jpeg) = sha256'
  );
create constraint trigger alert_photos_taken_down_are_sealed
  after insert or update of taken_down_at, taken_down_by on alert_photos
  deferrable initially deferred for each row execute function seal(
    'taking down of photograph of alert', 'alert_id', 'taken_down_at, taken_down_by'
  );
-- A JPEG does not get smaller. (PostgreSQL 15 knows no such word in create table.)
alter table draft_photos alter column jpeg set storage external;
alter table alert_photos alter column jpeg set storage external;

-- The photographs anybody may see: as long as the newest message of the thread carries the same one, counts, and
-- nobody took it down. Of others only that there was one.
create view public_photos as
select p.alert_id, s.is_shown,
       case when s.is_shown then p.jpeg end as jpeg,
       case when s.is_shown then length(p.jpeg) end as bytes,
       case when s.is_shown then p.width end as width,
       case when s.is_shown then p.height end as height,
       case when s.is_shown then p.alt end as alt
from alert_photos p
join alerts a on a.id = p.alert_id
cross join lateral (
  select id, expires_at, stopped_at from alerts n
  where n.thread = a.thread and n.withdrawn_at is null and n.release_at <= now() order by id desc limit 1
) n
cross join lateral (
  select p.jpeg is not null and p.taken_down_at is null and n.stopped_at is null and n.expires_at > now()
         and exists (select from alert_photos c
                     where c.alert_id = n.id and c.sha256 = p.sha256 and c.taken_down_at is null) as is_shown
) s
where a.withdrawn_at is null and a.release_at <= now() and is_seen(a.drill);

-- The CAP documents of alerts that anybody may read, and what they were as SHA-256. One that tells more than may still
-- be read, somebody's particulars or where a photograph was that nobody may see now, is withheld whole, never shortened.
create view public_documents as
select a.identifier, encode(sha256(d.document), 'hex') as sha256,
       case when (not a.is_forgotten or a.closes_appeal) and p.is_shown is not false then d.document end as document
from public_alerts a
join cap_documents d on d.alert_id = a.id
left join public_photos p on p.alert_id = a.id;

-- What an approval says of the photograph: its hash in hexadecimal and what it shows; null without an approval.
create function approved_photo(about bigint, out sha256 text, out alt text) language sql stable
begin atomic
  select coalesce(r.document::jsonb ->> 'photo', ''), btrim(r.document::jsonb #>> '{draft,photo_alt}', E' \t\r\n')
  from alerts a join approval_requests r on r.id = a.approval_id
  where a.id = about;
end;

-- An approval is also of the photograph: exactly the approved picture goes with the alert, or the alert does not go.
create function require_approved_photo() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  approved record;
begin
  select * into approved from approved_photo(new.alert_id);
  if approved.sha256 is not null
     and (encode(new.sha256, 'hex'), new.alt) is distinct from (approved.sha256, approved.alt) then
    raise exception 'this is not the photograph that was approved' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger alert_photos_require_approval before insert on alert_photos
  for each row execute function require_approved_photo();

-- Left out it would be another alert too. Asked when the transaction commits: the photograph comes after its alert.
create function require_photo() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if (approved_photo(new.id)).sha256 <> '' and not exists (select from alert_photos where alert_id = new.id) then
    raise exception 'the photograph that was approved is missing' using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger alerts_require_photo after insert on alerts deferrable initially deferred
  for each row when (new.approval_id is not null) execute function require_photo();

-- Erase photographs that nobody is to see again: of alerts over for a day, taken down for a day, and those a draft
-- left behind. Workers call it every hour.
create function forget_photos() returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  update alert_photos p set jpeg = null
  from alerts a
  where a.id = p.alert_id and p.jpeg is not null
    and least(a.expires_at, a.stopped_at, a.withdrawn_at, p.taken_down_at) < now() - interval '1 day'
    and not exists (select from public_photos s where s.alert_id = p.alert_id and s.is_shown);
  delete from draft_photos p using drafts d
  where d.id = p.draft_id and p.kept_at < now() - interval '1 day'
    and (d.closed_at < now() - interval '1 day' or d.content ->> 'photo' is distinct from p.id::text);
$$;

revoke execute on function approved_photo, require_approved_photo, require_photo, forget_photos from public;
grant execute on function approved_photo to smartalert_control;
grant execute on function forget_photos to smartalert_worker;
grant select, insert, delete on draft_photos to smartalert_control;
grant select, insert, update (taken_down_at, taken_down_by) on alert_photos to smartalert_control;
grant select on public_photos to smartalert_public, smartalert_control;
grant select on public_documents to smartalert_public;
grant select (alert_id, is_shown, bytes, width, height, alt) on public_photos to smartalert_worker;
