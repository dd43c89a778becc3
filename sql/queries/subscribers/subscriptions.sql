-- name: switch_off(subscriber_ids, channel, reasons, addresses)$
-- Switch one channel off for these people, each for its own reason.
select switch_off(:subscriber_ids, :channel, :reasons, :addresses::text[]);

-- name: stop_mails(subscriber_id, proof)$
-- No more e-mails for whoever the proof is of: their marks, or null.
select stop_mails(:subscriber_id, :proof);

-- name: sign_up(address, choices, consent, heard_of)$
-- Keep a sign-up until its link is followed, and write the mail.
select sign_up(:address, :choices, :consent, :heard_of);

-- name: ask_for_link(address)$
-- Mail the way in.
select ask_for_link(:address);

-- name: is_good(secret, purpose)$
-- May this link still be used?
select is_good(:secret, :purpose);

-- name: confirm(secret)$
-- Confirm a sign-up; the secret of a new session.
select confirm(:secret);

-- name: open_session(secret)$
-- The secret of a new session for a mailed link.
select open_session(:secret);

-- name: end_session(session)$
-- Sign out.
select end_session(:session);

-- name: load(session)$
-- What the session's owner chose.
select my_choices(:session);

-- name: change(session, choices)$
-- Choose anew.
select change_choices(:session, :choices);

-- name: pause(until, session)$
-- No alerts until that morning in London, or alerts again.
select pause(:session, :until::date::timestamp at time zone 'Europe/London');

-- name: switch_on_email(session)$
-- E-mails again.
select switch_on_email(:session);

-- name: leave(session, reason)$
-- Leave, and say why.
select leave(:session, :reason);

-- name: erase(session)$
-- Delete everything about the session's owner.
select erase(:session);

-- name: marks(session)$
-- What stands for the session's owner outside the database.
select my_marks(:session);

-- name: everything_held(session)$
-- All that is known of the session's owner.
select my_data(:session);

-- name: in_reach_of_force(lon, lat)$
-- Is this place in the force's area, or within the longest reach of it? Yes where no area is set.
select not exists (
  select from force_area
  where not st_dwithin(geom, st_transform(st_setsrid(st_makepoint(:lon, :lat), 4326), 27700), 3000)
);
