-- name: claim(now, mail_id)^
-- Take a mail nobody has taken; for a phone that left there is none. Whoever dies with it leaves it claimed: a mail is
-- never doubled.
update service_mails set claimed_at = :now
where id = :mail_id and claimed_at is null and address is not null
  and (channel = 'email' or exists (select from contacts c where c.channel = 'push' and c.address = service_mails.address))
returning id, written_at, claimed_at, channel::text, address, kind, secret, subject, body, html,
          (select r.name from reports r where r.id = service_mails.report) as report_name,
          (select r.pdf from reports r where r.id = service_mails.report) as report;

-- name: put_back(mail_id, claimed_at)!
-- It certainly did not leave: it may be tried again. Whoever has taken it since keeps it.
update service_mails set claimed_at = null where id = :mail_id and claimed_at = :claimed_at;

-- name: put_back_moved(mail_id, claimed_at, address)!
-- The phone has got another token since it was claimed: it goes there.
update service_mails set claimed_at = null
where id = :mail_id and claimed_at = :claimed_at and address <> :address;

-- name: finish(handed_over_at, reference, reason, mail_id, claimed_at)!
-- Forget address and words; keep when and how it ended. Whoever has taken it since keeps it.
update service_mails set handed_over_at = :handed_over_at, provider_reference = :reference, failure_reason = :reason,
  address = null, secret = null, subject = null, body = null, html = null
where id = :mail_id and claimed_at = :claimed_at;

-- name: switch_off(channel, address, reason)$
-- No more on this channel for whoever still has the address its provider calls dead.
select switch_off(array_agg(subscriber_id), :channel, array_agg(:reason::text), array_agg(address))
from contacts where channel = :channel::channel and address = :address having count(*) > 0;

-- name: forget_what_is_over()$
-- Drop sign-ups nobody confirmed, spent secrets, words of mails that got stuck, old counts of attempts.
select forget_what_is_over();
