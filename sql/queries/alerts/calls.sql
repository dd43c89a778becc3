-- name: call_next(request_id, now)$
-- Call the next approver who is on duty, if it is time.
select call_next_approver(:request_id, :now);

-- name: call_due(now)$
-- The same for every request that waits.
select call_due_approvers(:now);

-- name: next(request_id, now)^
-- Who is called next, and when.
select officer, due_at from next_approver(:request_id, :now);

-- name: made(request_id)
-- Who was called, when, on what, and whether it was handed over; in order.
select officer, channel::text, called_at, handed_over_at, failed_at, failure_reason
from approval_calls where request_id = :request_id order by called_at, id;

-- name: claim(call_id, worker, now)^
-- Take a call in hand.
select id, request_id, channel, address, is_urgent, submitted_at, lapses_at, drill from claim_call(:call_id, :worker, :now);

-- name: put_back(call_id, worker)$
-- It is free to be made again.
select put_back_call(:call_id, :worker);

-- name: end(call_id, now, failure, dead_token)$
-- It was handed over, or failed.
select end_call(:call_id, :now, :failure::text, :dead_token::text);
