-- name: switch_off(subscriber_ids, channel, reasons)$
-- Switch one channel off for these people, each for its own reason.
select switch_off(:subscriber_ids, :channel, :reasons);
