-- name: record(alert_ids, subscriber_ids, channels, events, times, reasons)$
select record_receipts(:alert_ids::bigint[], :subscriber_ids::bigint[], :channels::text[], :events::text[],
                       :times::timestamptz[], :reasons::text[]);
