-- name: record(alert_ids, subscriber_ids, channels, events, times, reasons, addresses)$
-- Write a batch of receipts into the ledger; how many deliveries they told about.
select record_receipts(:alert_ids::bigint[], :subscriber_ids::bigint[], :channels::text[], :events::text[],
                       :times::timestamptz[], :reasons::text[], :addresses::text[]);

-- name: record_phones(alert_ids, subscriber_ids, events, times, proofs)$
-- Write what phones report of themselves; how many deliveries they told about.
select record_phone_receipts(:alert_ids::bigint[], :subscriber_ids::bigint[], :events::text[], :times::timestamptz[],
                             :proofs::text[]);

-- name: record_bounces(addresses, message_ids, times, reasons)$
-- Dead addresses that were reported without a delivery.
select record_bounces(:addresses::text[], :message_ids::text[], :times::timestamptz[], :reasons::text[]);

-- name: give_back()$
-- In training: whoever the faults of the exercise switched off is reached again.
select give_back_switched_off();
