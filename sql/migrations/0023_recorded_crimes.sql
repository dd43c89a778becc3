-- Crime as the police publish it month by month (data.police.uk), for officers who draw an area: what was recorded there
-- lately. The publisher moves each to the middle of a street or another public place and leaves out day and home.

create table recorded_crimes (
  id        bigint generated always as identity primary key,
  force     text not null,             -- who recorded them
  month     date not null check (month = date_trunc('month', month)),
  category  text not null check (category <> ''),   -- the publisher's: "Burglary"
  point     geometry(Point, 27700) not null,
  offences  integer not null check (offences > 0),  -- of this month and category at this point
  unique (force, month, category, point)
);
create index recorded_crimes_point on recorded_crimes using gist (point);   -- those in an area
create index recorded_crimes_month on recorded_crimes (month);              -- the newest month

-- Imports are told, audited and undone as those of the ground are.
create trigger keep_added after insert on recorded_crimes referencing new table as added
  for each statement execute function keep_ground();
create trigger keep_changed after update on recorded_crimes referencing old table as removed new table as added
  for each statement execute function keep_ground();
create trigger keep_removed after delete on recorded_crimes referencing old table as removed
  for each statement execute function keep_ground();

grant select on recorded_crimes to smartalert_control;
