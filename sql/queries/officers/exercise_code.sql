-- name: show(code, officer, expires_at)!
-- A new code, in the place of any other.
insert into exercise_code (code, shown_by, expires_at) values (:code, :officer, :expires_at)
on conflict (only_row) do update
  set code = excluded.code, shown_by = excluded.shown_by, expires_at = excluded.expires_at;

-- name: end()!
-- No code counts any more.
delete from exercise_code;

-- name: shown(now)^
-- The code that counts.
select code, shown_by, expires_at from exercise_code where expires_at > :now;
