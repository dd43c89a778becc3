-- What drills came to, for each officer who took part.

-- Kept once, when the run is over: later its people come and go, and words of what was sent are forgotten.
create table drill_results (
  id       uuid primary key default gen_random_uuid(),   -- the same wherever it is brought
  drill    bigint references drills,
  officer  text not null,              -- as the register calls them
  scenario text not null,              -- its name
  ended_at timestamptz not null,
  total    smallint check (total between 0 and 100),   -- null: it ended before anything was due, and is not scored
  parts    jsonb not null default '[]',                -- Scored of drills/score.py, with every reason
  unique (drill, officer)              -- whoever looks at two screens keeps it once
);
create index drill_results_officer on drill_results (officer, ended_at);   -- what an officer has done
create trigger drill_results_only_grows before update or delete on drill_results
  for each row execute function refuse_change();
create trigger drill_results_is_never_emptied before truncate on drill_results
  for each statement execute function refuse_change();
grant select, insert on drill_results to smartalert_control;
