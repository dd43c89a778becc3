-- How many phones could be reached on each day: the one count of devices that is our own. Whoever leaves takes the phone
-- out of contacts, so yesterday's count cannot be made from today's rows; a worker notes it every hour, and a day on which
-- none ran is a gap.
create table phone_days (
  day      date not null,      -- London's
  platform text not null,      -- empty: the phone did not say
  phones   integer not null,   -- registered and on, at the last note of that day
  primary key (day, platform)
);
grant select on phone_days to smartalert_engagement;

create function note_phones(at timestamptz) returns void
language sql security definer set search_path = public as $$
  with counted as (
    select coalesce(platform, '') as platform, count(*)::integer as phones from contacts
    where channel = 'push' and off_at is null and added_at <= at group by 1
  ), gone as (
    delete from phone_days where day = london_day(at) and platform not in (select platform from counted)
  )
  insert into phone_days select london_day(at), platform, phones from counted
  on conflict (day, platform) do update set phones = excluded.phones
$$;
revoke execute on function note_phones from public;
grant execute on function note_phones to smartalert_worker;

drop view registered_phones;

-- The story of one alert says who recorded what it led to.
grant select on results to smartalert_engagement;
