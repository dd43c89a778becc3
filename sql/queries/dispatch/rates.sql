-- name: share_rate(channel, worker, wanted, holds, most)$
-- One worker's share of what a channel's provider takes in a second, for the next two seconds.
select share_rate(:channel, :worker, :wanted, :holds, :most);
