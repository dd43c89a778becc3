-- Scenarios that trainers wrote themselves, as the YAML that they are exported as. Those that come with Smart Alert are
-- files. A run keeps the story as it was when it was made: nothing hangs on a row here.
create table scenarios (
  id         bigint generated always as identity primary key,
  version    integer not null default 1,   -- of the text: two trainers do not write over one another
  text       text not null check (length(text) between 1 and 60000),
  made_by    text not null,
  made_at    timestamptz not null,
  changed_by text not null,
  changed_at timestamptz not null,
  deleted_at timestamptz                   -- null: it is there
);
grant select, insert (text, made_by, made_at, changed_by, changed_at),
      update (version, text, changed_by, changed_at, deleted_at) on scenarios to smartalert_control;
