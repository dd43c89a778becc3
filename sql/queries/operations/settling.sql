-- name: doubt_deliveries(now, reason)!
-- What waited, was being handed over, or was in doubt: nobody knows whether it has left since, and nobody hands it over
-- unless an officer says so. What follows the alert goes to these people too.
update deliveries set state = 'unknown', claimed_by = null, claimed_at = :now, failure_reason = :reason
where state in ('pending', 'sending', 'unknown');

-- name: forget_mails(reason)!
-- Mails about the service that had not left: people ask again.
update service_mails set address = null, secret = null, subject = null, body = null, html = null, failure_reason = :reason
where handed_over_at is null and failure_reason is null;

-- name: end_calls(now, reason)!
-- Calls of approvers that had not left.
update approval_calls set failed_at = :now, failure_reason = :reason where handed_over_at is null and failed_at is null;

-- name: end_requests(who, now, note)!
-- Requests for approval that waited: whoever approved one since has told people already.
update approval_requests set decision = 'void', decided_by = :who, decided_at = :now, note = :note where decision is null;

-- name: end_sign_ins(now, who)!
-- Officers sign in anew: some of these have been ended since.
update officer_sessions set ended_at = :now, ended_by = :who where ended_at is null;

-- name: forget_secrets()!
-- Links and sessions of the public: some have been used or ended since. A sign-up can still be confirmed.
delete from secrets where purpose in ('link', 'session', 'officer');

-- name: leave(person, at)$
-- Somebody left since.
select depart(:person, '', :at);

-- name: erase(person)$
-- Somebody erased themselves since.
select erase_person(:person);

-- name: stop_mails(person)$
-- Somebody stopped their e-mails since.
select switch_off(array[:person]::bigint[], 'email', array['you used the link in an email']);

-- name: alerts_in_force(now)
-- Alerts in force or still to be released, as far as the backup knows, the newest first.
select a.id, e.officers_headline as headline from alerts a join alert_endings e on e.id = a.id
where a.withdrawn_at is null and a.stopped_at is null and a.expires_at > :now and not is_replaced(a.id, :now)
order by a.id desc;
