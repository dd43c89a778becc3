-- name: record_proven(alert_ids, subscriber_ids, channels, events, times, reasons, proofs)$
-- The same of those that come with their proof.
select record_proven_receipts(:alert_ids::bigint[], :subscriber_ids::bigint[], :channels::text[], :events::text[],
                              :times::timestamptz[], :reasons::text[], :proofs::text[]);

-- name: record(alert_ids, subscriber_ids, channels, events, times, reasons)$
-- Write a batch of receipts into the ledger; how many deliveries they told about.
select record_receipts(:alert_ids::bigint[], :subscriber_ids::bigint[], :channels::text[], :events::text[],
                       :times::timestamptz[], :reasons::text[]);

-- name: record_bounces(addresses, message_ids, times, reasons)$
-- Dead addresses that were reported without a delivery.
select record_bounces(:addresses::text[], :message_ids::text[], :times::timestamptz[], :reasons::text[]);
