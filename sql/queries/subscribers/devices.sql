-- name: register(token, platform, app_version, choices, consent, heard_of)$
-- Keep a device with what was chosen on it; its secret, this once.
select register_device(:token, :platform, :app_version, :choices, :consent, :heard_of);

-- name: owner(secret)$
-- Whose device has this secret.
select whose_device(:secret);

-- name: hold(secret)$
-- The same, and nobody else changes the device until the transaction ends.
select hold_device(:secret);

-- name: load(secret)$
-- What was chosen on the device, and how it stands.
select my_device(:secret);

-- name: change_token(secret, token, app_version)$
-- Another token for the same device.
select change_token(:secret, :token, :app_version);

-- name: officer_code(secret)$
-- A code by which an officer links the device, to be called on it.
select officer_code(:secret);

-- name: told(secret, before, identifier, at_most)
-- The alerts that were for the device, the newest first.
select t.alert_id, p.identifier, t.handed_over_at, t.delivered_at, t.opened_at
from told_device(:secret, :before::bigint, :identifier::uuid, :at_most) t
join public_alerts p on p.id = t.alert_id
order by t.alert_id desc;

-- name: acknowledge(secret, alert_id, event)$
-- An alert arrived on the device, or was opened on it.
select acknowledge(:secret, :alert_id, :event);

-- name: reports(secret)
-- What was told us from the device, the newest first.
select reference, alert, received_at, saw, outcomes from reports_of_device(:secret);
