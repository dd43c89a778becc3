-- name: readers()
-- Who gets the month's report by mail.
select id, name, address, added_by, added_at from report_readers where removed_at is null order by name, id;

-- name: add(name, address, officer, now)!
-- Somebody wants it; whoever gets it already goes on as they are.
insert into report_readers (name, address, added_by, added_at) values (:name, :address, :officer, :now)
on conflict (address) where removed_at is null do nothing;

-- name: remove(id, officer, now)!
-- They want it no more.
update report_readers set removed_at = :now, removed_by = :officer where id = :id and removed_at is null;

-- name: is_mailed(month)$
-- Whether a month was mailed.
select exists (select from monthly_reports where month = :month);

-- name: any_reader()$
-- Whether anybody wants it; workers learn no more.
select wants_report();

-- name: mail(month, pdf, mail, now)$
-- Keep a month's report and write a mail to each reader; how many.
select mail_report(:month, :pdf, :mail, :now);
