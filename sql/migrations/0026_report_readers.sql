-- The month's report by mail, to those who asked for it.

create table report_readers (
  id         bigint generated always as identity primary key,
  name       text not null check (length(name) between 1 and 80),
  address    text not null check (address = lower(address) and address ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
  added_by   text not null,
  added_at   timestamptz not null,
  removed_at timestamptz,
  removed_by text,
  check ((removed_at is null) = (removed_by is null))
);
create unique index report_readers_once on report_readers (address) where removed_at is null;
grant select, insert, update (removed_at, removed_by) on report_readers to smartalert_control;

-- Exactly what was mailed; a month is mailed once.
create table monthly_reports (
  month   date primary key check (extract(day from month) = 1),
  pdf     bytea not null,
  made_at timestamptz not null
);
grant select on monthly_reports to smartalert_worker;

alter table letters add column report_month date references monthly_reports;   -- its PDF goes with the letter

-- Workers make the report, and so read the figures.
grant smartalert_engagement to smartalert_worker;

-- Keep a month's report and write one letter to each reader; how many. Nobody is written to twice, whoever calls again.
create function mail_report(of_month date, report bytea, letter jsonb, at timestamptz) returns integer
language plpgsql security definer set search_path = public as $$
declare
  reader record;
  told integer := 0;
begin
  insert into monthly_reports values (of_month, report, at) on conflict do nothing;
  if not found then
    return 0;
  end if;
  for reader in select address from report_readers where removed_at is null loop
    perform write_letter(reader.address, letter, '');
    update letters set report_month = of_month where id = currval(pg_get_serial_sequence('letters', 'id'));
    told := told + 1;
  end loop;
  return told;
end $$;
revoke execute on function mail_report from public;
grant execute on function mail_report to smartalert_worker;

create function wants_report() returns boolean language sql stable security definer set search_path = public as $$
  select exists (select from report_readers where removed_at is null)
$$;
revoke execute on function wants_report from public;
grant execute on function wants_report to smartalert_worker;

-- Phones that are registered now and can be reached, by platform: the one count of devices that is our own.
create view registered_phones as
select coalesce(platform, '') as platform, count(*)::integer as phones from contacts
where channel = 'push' and off_at is null group by 1;
grant select on registered_phones to smartalert_engagement;
