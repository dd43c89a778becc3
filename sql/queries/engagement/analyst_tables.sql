-- name: first_month()$
-- The month in which the first person signed up or the first alert was released.
select least((select min(month_of(before - 1)) from shown_people),
             (select min(month_of(london_day(release_at))) from counted_alerts));

-- name: published_at()$
-- When analysts' tables were last written.
select published_at from figures_as_of;

-- name: clear_sign_ups()!
-- Before writing them anew.
delete from analysis_sign_ups;

-- name: clear_coverage()!
-- Before writing it anew.
delete from analysis_coverage;

-- name: clear_alerts()!
-- Before writing them anew.
delete from analysis_alerts;

-- name: published(now)!
-- They have been written.
update figures_as_of set published_at = :now;
