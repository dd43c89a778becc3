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

-- name: mail(month, name, pdf, mail, now)$
-- Keep a month's report and write a mail to each reader; how many.
select mail_report(:month, :name, :pdf, :mail, :now);

-- name: mail_to(officer, name, pdf, mail, now)$
-- Write an officer a mail with a report; its number, or null where nobody knows their address.
select mail_report_to(:officer, :name, :pdf, :mail, :now);

-- name: became_of(mail)^
-- When a mail with a report was handed over, or why it could not be.
select handed_over_at, failure_reason from report_mail(:mail);
