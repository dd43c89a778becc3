-- Mail about the service itself, and the month's report to those who asked for it. The worker hands each mail over.

-- Who gets the month's report.
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
create unique index report_readers_once on report_readers (address) where removed_at is null;   -- nobody gets it twice

-- A report as it goes with a mail.
create table reports (
  id      bigint generated always as identity primary key,
  name    text not null,   -- of its file, without its ending
  pdf     bytea not null,
  made_at timestamptz not null
);

-- Exactly what was mailed of a month, once. What an officer had mailed to themselves is forgotten with its mail.
create table monthly_reports (
  month  date primary key check (extract(day from month) = 1),
  report bigint not null references reports
);

-- Confirmation and preference links, outcomes, reports. A mail is handed over once and then forgets its words, address
-- and secret.
create table service_mails (
  id             bigint generated always as identity primary key,
  -- push: whoever answered from the app has no e-mail address, and gets a few words on their phone
  channel        channel not null default 'email',
  address        text,
  -- what the public service may have us write: the worker words it, by its kind
  kind           text check (kind in ('confirm', 'link', 'known', 'unknown')),
  secret         text,          -- behind its link, while that is live
  subject        text,          -- the words of all others
  body           text,
  html           text,
  report         bigint references reports on delete set null,   -- goes with the mail
  written_at     timestamptz not null default now(),
  claimed_at     timestamptz,
  handed_over_at timestamptz,
  failure_reason text,
  provider_reference text       -- what the provider calls it
);
-- What is on its way to a phone that gets another token.
create index service_mails_to_phones on service_mails (address) where channel = 'push';

-- Service mails, calls of approvers and posts of events wait for the workers' next look instead of calling them. A commit
-- with a NOTIFY waits until the one before it is on disk, whoever's that is: people who signed up at once stood in one line.
create or replace trigger procrastinate_jobs_notify_queue_job_inserted_v1 after insert on procrastinate_jobs
  for each row when (new.status = 'todo' and new.queue_name not in ('service_mails', 'calls', 'events'))
  execute function procrastinate_notify_queue_job_inserted_v1();

-- Put a mail or push into the worker's hands.
create function queue_service_mail(mail bigint) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  perform procrastinate_defer_jobs_v1(array[
    row('service_mails', 'send_service_mail', 20, null, null, jsonb_build_object('mail_id', mail), null)
  ]::procrastinate_job_to_defer_v1[]);
end $$;

-- Write one of those that the public service may ask for. It says which, and never a word of it.
create function write_letter(to_address text, of_kind text, its_secret text) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  mail bigint;
begin
  if to_address <> lower(to_address) or to_address !~ '^[^@\s]+@[^@\s]+\.[^@\s]+$' or length(to_address) > 254 then
    raise invalid_parameter_value using message = 'this is not an address';
  end if;
  insert into service_mails (address, kind, secret) values (to_address, of_kind, its_secret) returning id into mail;
  perform queue_service_mail(mail);
end $$;

-- Write an outcome or a report. `words` is {subject, body, html}.
create function write_service_mail(to_address text, words jsonb) returns bigint
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  mail bigint;
begin
  insert into service_mails (address, subject, body, html)
  values (to_address, words->>'subject', words->>'body', words->>'html')
  returning id into mail;
  perform queue_service_mail(mail);
  return mail;
end $$;

-- Write a few words for one phone. `words` is {subject, push}.
create function write_push(token text, words jsonb) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  mail bigint;
begin
  insert into service_mails (channel, address, subject, body) values ('push', token, words->>'subject', words->>'push')
  returning id into mail;
  perform queue_service_mail(mail);
end $$;

-- Write one mail that a report goes with.
create function write_report_mail(to_address text, words jsonb, its_report bigint) returns bigint
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  mail bigint := write_service_mail(to_address, words);
begin
  update service_mails set report = its_report where id = mail;
  return mail;
end $$;

-- Keep a month's report and write one mail to each reader; how many. Nobody is written to twice, whoever calls again.
create function mail_report(of_month date, file_name text, pdf bytea, mail jsonb, at timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  reader record;
  made bigint;
  told integer := 0;
begin
  insert into reports (name, pdf, made_at) values (file_name, pdf, at) returning id into made;
  insert into monthly_reports values (of_month, made) on conflict do nothing;
  if not found then
    delete from reports where id = made;
    return 0;
  end if;
  for reader in select address from report_readers where removed_at is null loop
    perform write_report_mail(reader.address, mail, made);
    told := told + 1;
  end loop;
  return told;
end $$;

-- Write an officer a mail with a report, to their own address and no other; null: nobody knows it.
create function mail_report_to(officer text, file_name text, pdf bytea, mail jsonb, at timestamptz) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  own_address text := (select address from officers where id = officer and barred_at is null);
  made bigint;
begin
  if coalesce(own_address, '') = '' then
    return null;
  end if;
  insert into reports (name, pdf, made_at) values (file_name, pdf, at) returning id into made;
  return write_report_mail(own_address, mail, made);
end $$;

-- What became of a mail with a report: null and null while it waits.
create function report_mail(mail bigint) returns table (handed_over_at timestamptz, failure_reason text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select m.handed_over_at, m.failure_reason from service_mails m where m.id = mail and m.report is not null
$$;

-- Does anybody want it? Asked before it is made.
create function wants_report() returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (select from report_readers where removed_at is null)
$$;

revoke execute on function queue_service_mail, write_letter, write_service_mail, write_push, write_report_mail, mail_report,
  mail_report_to, report_mail, wants_report from public;
grant execute on function mail_report_to, report_mail to smartalert_control;
grant execute on function mail_report, wants_report to smartalert_worker;
grant select, insert, update (removed_at, removed_by) on report_readers to smartalert_control;
grant select on monthly_reports, reports to smartalert_worker;
grant select, update on service_mails to smartalert_worker;
