-- Imports of ground that administrators ask for in the control room. Its role only asks: the importer, a process of the
-- owner's, looks at what was sent, and imports it once somebody has agreed to what would change.

create table ground_requests (
  id           bigint generated always as identity primary key,
  source       text not null,                       -- the verb of the command line: "streets"
  undoes       bigint references ground_imports,    -- the import that is to be undone; null: the files are to be imported
  files        text[] not null,                     -- their names; below the importer's folder, unless they were sent
  is_sent      boolean not null,                    -- from a browser: their bytes are in ground_uploads
  asked_by     text not null,
  asked_at     timestamptz not null default now(),
  -- What the importer says: since when it is at it, at which step, how much of that is done, and how long it still takes.
  begun_at     timestamptz,
  step         text not null default '',
  share        double precision not null default 0,
  left_s       double precision,
  said         text[] not null default '{}',   -- of the files, in words
  looked_at    timestamptz,                    -- what would change is known
  counts       jsonb not null default '[]',    -- table by table
  agreed_at    timestamptz,
  agreed_by    text,
  imported     bigint references ground_imports,   -- from here on it cannot be cancelled
  cancelled_at timestamptz,
  cancelled_by text,
  ended_at     timestamptz,
  outcome      text check (outcome in ('done', 'refused', 'cancelled')),
  why          text not null default '',   -- it was refused
  check (num_nulls(agreed_at, agreed_by) in (0, 2)),
  check (num_nulls(cancelled_at, cancelled_by) in (0, 2)),
  check (num_nulls(ended_at, outcome) in (0, 2)),
  check (undoes is null or not is_sent),
  check (agreed_at is null or looked_at is not null or undoes is not null)
);
-- One at a time: whoever looks at the screen sees the one that there is.
create unique index ground_requests_open on ground_requests ((true)) where ended_at is null;

-- What a browser sent, piece by piece: the importer may be on another machine.
create table ground_uploads (
  request bigint not null references ground_requests on delete cascade,
  file    integer not null,    -- which of its files, from 1
  number  integer not null,    -- which piece of it, from 0
  body    bytea not null check (length(body) <= 1048576),
  primary key (request, file, number)
);

-- The importer, when it was last heard of, and what lies in its folder: names below it, and their bytes.
create table ground_importer (
  only_row boolean primary key default true check (only_row),
  heard_at timestamptz not null,
  folder   jsonb   -- null: no folder is set
);

-- Nobody agrees to what nobody has looked at. What the importer has not begun ends at once when it is cancelled; else
-- the importer ends it, as long as nothing was imported.
create function keep_ground_request() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if old.ended_at is not null then
    raise check_violation using message = 'this is over';
  end if;
  if new.agreed_at is distinct from old.agreed_at then
    if old.agreed_at is not null or old.cancelled_at is not null or (old.looked_at is null and old.undoes is null) then
      raise check_violation using message = 'there is nothing to agree to';
    end if;
    new.begun_at := null;
    new.step := '';
    new.share := 0;
    new.left_s := null;
  end if;
  if new.cancelled_at is not null and old.cancelled_at is null then
    if new.imported is not null or (new.undoes is not null and new.begun_at is not null) then
      raise check_violation using message = 'it is too late to cancel this';
    end if;
    if new.begun_at is null or (new.looked_at is not null and new.agreed_at is null) then
      new.ended_at := new.cancelled_at;
      new.outcome := 'cancelled';
    end if;
  end if;
  if new.ended_at is not null then
    delete from ground_uploads where request = new.id;
  end if;
  return new;
end $$;
create trigger requests_are_kept before update on ground_requests for each row execute function keep_ground_request();

revoke execute on function keep_ground_request from public;
grant select, insert (source, undoes, files, is_sent, asked_by, agreed_at, agreed_by),
  update (agreed_at, agreed_by, cancelled_at, cancelled_by) on ground_requests to smartalert_control;
grant insert on ground_uploads to smartalert_control;
grant select on ground_importer, ground_imports to smartalert_control;
grant select (import) on ground_changes to smartalert_control;   -- whether an import can still be undone
