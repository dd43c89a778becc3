-- Administrators change the lines of the approval policy on their screen. Which rules there are stays with the owner.

-- Who changed it and why: an officer where one did, else whoever was connected.
create or replace function audit_policy() returns trigger language plpgsql as $$
begin
  insert into audit (officer, action, detail)
  values (coalesce(nullif(current_setting('smartalert.officer', true), ''), session_user), 'approval policy changed',
          jsonb_strip_nulls(jsonb_build_object('why', nullif(current_setting('smartalert.why', true), '')))
          || jsonb_build_object('before', to_jsonb(old), 'after', to_jsonb(new)));
  return null;
end $$;

-- May this officer change the rules? An administrator, who is not bound by them: whoever sends does not draw their own line.
create function may_change_policy(by text) returns boolean language sql stable as $$
  select exists (select from officers
                 where id = by and 'administrator' = any(roles) and 'sender' <> all(roles) and barred_at is null)
$$;

-- Move the line of one rule, or what follows from it. A condition that it does not have it does not get.
create function change_policy(of_rule integer, by text, reason text, over_people integer, over_km2 double precision,
                              start_hour smallint, end_hour smallint, then_rule approval_rule)
returns void language plpgsql security definer set search_path = public as $$
begin
  if not may_change_policy(by) then
    raise exception 'this officer may not change the approval policy' using errcode = 'insufficient_privilege';
  end if;
  if btrim(reason) = '' then
    raise exception 'a change of the approval policy needs a reason' using errcode = 'check_violation';
  end if;
  perform set_config('smartalert.officer', by, true), set_config('smartalert.why', reason, true);
  update approval_policy set
    people_over = case when people_over is not null then coalesce(over_people, people_over) end,
    km2_over = case when km2_over is not null then coalesce(over_km2, km2_over) end,
    from_hour = case when from_hour is not null then coalesce(start_hour, from_hour) end,
    to_hour = case when to_hour is not null then coalesce(end_hour, to_hour) end,
    rule = then_rule
  where id = of_rule;
  perform set_config('smartalert.officer', '', true), set_config('smartalert.why', '', true);
end $$;

revoke execute on function may_change_policy, change_policy from public;
grant execute on function may_change_policy, change_policy to smartalert_control;
