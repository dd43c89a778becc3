-- name: state()^
-- What the database says of itself: its mode, the step of its schema, and whether it takes no changes.
select mode, schema_step() as step, current_setting('transaction_read_only')::boolean as read_only from deployment;

-- name: use_little_memory()$
-- For the rest of this transaction, so that the next query has to write.
select set_config('work_mem', '64kB', true);

-- name: write_to_disk()$
-- Write a megabyte and forget it. A row in a table would not do: a full disk goes on taking those while there is room
-- in the pages that are there.
select sum(length(filler)) from (
  select n, repeat('x', 1000) || n as filler from generate_series(1, 1000) n order by n desc
) sorted;
