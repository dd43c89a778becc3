-- An approval is also of the photograph: exactly the approved picture goes with the alert, or the alert does not go.

alter table alert_photos add constraint hash_is_the_pictures check (jpeg is null or sha256 = sha256(jpeg));

-- What an approval says of the photograph: its hash in hexadecimal and what it shows; null without an approval.
create function approved_photo(about bigint, out sha256 text, out alt text) language sql stable as $$
  select coalesce(r.document::jsonb ->> 'photo', ''), btrim(r.document::jsonb #>> '{draft,photo_alt}', E' \t\r\n')
  from alerts a join approval_requests r on r.id = a.approval_id
  where a.id = about
$$;

create function require_approved_photo() returns trigger language plpgsql as $$
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
create function require_photo() returns trigger language plpgsql as $$
begin
  if (approved_photo(new.id)).sha256 <> '' and not exists (select from alert_photos where alert_id = new.id) then
    raise exception 'the photograph that was approved is missing' using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger alerts_require_photo after insert on alerts deferrable initially deferred
  for each row when (new.approval_id is not null) execute function require_photo();

revoke execute on function approved_photo from public;
grant execute on function approved_photo to smartalert_control;
