-- The words that alerts begin with, where a force has others than those we deliver, and the kinds that it does not use.

-- What became of a proposal.
create type words_decision as enum (
  'approved',    -- new drafts begin with it, until another is approved for the same kind and message
  'refused',     -- with a reason
  'withdrawn'    -- by whoever proposed it
);

-- Every wording that was ever proposed for one message of one kind. What was proposed never changes; what became of it
-- is written once.
create table kind_words (
  id          bigint generated always as identity primary key,
  kind        text not null,    -- a key of incidents.py
  message     text not null,    -- first, or a key of follow_ups.py
  words       jsonb check (jsonb_typeof(words) = 'object'),   -- field → its words; null: as we deliver them
  why         text not null check (btrim(why) <> ''),
  proposed_by text not null references officers,
  proposed_at timestamptz not null,
  decision    words_decision,   -- null: it waits
  decided_by  text references officers,
  decided_at  timestamptz,
  note        text,             -- why it was refused
  check (num_nulls(decision, decided_by, decided_at) in (0, 3)),
  constraint words_are_agreed_by_somebody_else
    check (decision is null or (decision = 'withdrawn') = (decided_by = proposed_by)),
  constraint words_are_refused_with_a_reason check (decision is distinct from 'refused' or btrim(coalesce(note, '')) <> '')
);
-- One proposal at a time waits for each message; also the list of those that wait.
create unique index kind_words_open on kind_words (kind, message) where decision is null;
create index kind_words_history on kind_words (kind, message, id);   -- the newest that was approved, and the history

-- The force's own words: of each message the newest that was approved, unless that is to be as we deliver it.
create view kind_words_in_force as
select kind, message, words, id
from (
  select distinct on (kind, message) kind, message, words, id
  from kind_words where decision = 'approved' order by kind, message, id desc
) newest
where words is not null;

-- Administrators propose; administrators and approvers decide, once. Asked of the register, whoever comes.
create function guard_kind_words() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.decision is not null then
    raise exception 'this proposal was decided before' using errcode = 'check_violation';
  end if;
  if not exists (
    select from officers
    where id = coalesce(new.decided_by, new.proposed_by) and barred_at is null
      and roles && case when coalesce(new.decision, 'withdrawn') = 'withdrawn' then array['administrator']
                        else array['administrator', 'approver'] end
  ) or (tg_op = 'INSERT' and new.decision is not null) then
    raise exception 'this officer may not do that with the words of alerts' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger kind_words_are_guarded before insert or update on kind_words
  for each row execute function guard_kind_words();
create constraint trigger kind_words_are_sealed after insert on kind_words
  deferrable initially deferred for each row execute function seal(
    'words of kind', 'id', 'kind, message, words, why, proposed_by, proposed_at'
  );
create constraint trigger kind_words_decisions_are_sealed after insert or update on kind_words
  deferrable initially deferred for each row execute function seal(
    'decision on words of kind', 'id', 'decision, decided_by, decided_at, note'
  );

-- Kinds that a force takes off the send screen. Alerts of them go on, and so do drafts that have begun.
create table hidden_kinds (
  id        bigint generated always as identity primary key,
  kind      text not null,   -- a key of incidents.py
  why       text not null check (btrim(why) <> ''),
  hidden_by text not null references officers,
  hidden_at timestamptz not null,
  shown_by  text references officers,   -- put it back
  shown_at  timestamptz,
  check (num_nulls(shown_by, shown_at) in (0, 2))
);
create unique index hidden_kinds_now on hidden_kinds (kind) where shown_at is null;   -- what the send screen leaves out

create function guard_hidden_kinds() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (
    select from officers
    where id = coalesce(new.shown_by, new.hidden_by) and barred_at is null and 'administrator' = any(roles)
  ) then
    raise exception 'this officer may not hide kinds of alert or show them' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger hidden_kinds_are_guarded before insert or update on hidden_kinds
  for each row execute function guard_hidden_kinds();

-- The order in which a force wants the kinds on its send screen; without a row it is ours.
create table kind_order (
  only_row boolean primary key default true check (only_row),
  kinds    text[] not null,   -- keys of incidents.py
  set_by   text not null references officers,
  set_at   timestamptz not null
);

create function guard_kind_order() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if not exists (
    select from officers where id = new.set_by and barred_at is null and 'administrator' = any(roles)
  ) then
    raise exception 'this officer may not order kinds of alert' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger kind_order_is_guarded before insert or update on kind_order
  for each row execute function guard_kind_order();

revoke execute on function guard_kind_words, guard_hidden_kinds, guard_kind_order from public;
grant select, insert (kind, message, words, why, proposed_by, proposed_at), update (decision, decided_by, decided_at, note)
  on kind_words to smartalert_control;
grant select on kind_words_in_force to smartalert_control;
grant select, insert, update (kinds, set_by, set_at) on kind_order to smartalert_control;
grant select, insert (kind, why, hidden_by, hidden_at), update (shown_by, shown_at) on hidden_kinds to smartalert_control;
