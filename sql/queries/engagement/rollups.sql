-- name: count_due(now, most, patience)$
-- Count again what is marked, at most so many alerts; how many things were counted.
select count_due(:now, :most, :patience);

-- name: mark_everything()$
-- Mark every day, month and alert.
select mark_everything();

-- name: as_of()$
-- When everything marked until then had been counted.
select at from figures_as_of;
