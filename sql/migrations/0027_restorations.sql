-- A database that came from a backup: what it lacks, and that nothing leaves it until somebody says so.

-- Written by the command line, in the transaction that makes what was restored a database of ours.
create table restorations (
  id          bigint generated always as identity primary key,
  backup      text not null,          -- its name
  taken_at    timestamptz not null,   -- what happened later is not here
  restored_at timestamptz not null,   -- deliveries of which nobody knows since when bear it as claimed_at
  last_head   bigint not null,        -- newest signed head of the audit in the backup; 0: none
  -- by the deployment's key: later heads, kept outside, were of the database that was lost, and whoever owns this one
  -- cannot make up that it was
  signature   text not null,
  let_go_at   timestamptz,            -- null: workers send nothing
  let_go_by   text,
  check ((let_go_at is null) = (let_go_by is null))
);

-- Of a restoration nothing changes but that somebody says, once, that it may send.
create trigger restorations_only_grow before delete or update of backup, taken_at, restored_at, last_head, signature
  on restorations for each row execute function refuse_change();
create trigger restorations_are_let_go_once before update of let_go_at, let_go_by on restorations
  for each row when (old.let_go_at is not null) execute function refuse_change();
create trigger restorations_are_never_emptied before truncate on restorations
  for each statement execute function refuse_change();

grant select on restorations to smartalert_control, smartalert_worker;
