-- name: be_nobody()!
-- For the rest of this transaction, may do nothing but ask for figures.
set local role smartalert_monitor;

-- name: take_no_longer(milliseconds)$
-- For the rest of this transaction, no statement takes longer.
select set_config('statement_timeout', :milliseconds::text, true);

-- name: figures()
-- How much waits in the whole database, and how long it has waited.
select figure, subject, kind, value from monitored_figures() where value is not null;
