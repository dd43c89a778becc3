-- name: load()^
-- How approvers are called, and whether an alert may go without one in an emergency.
select call_next_after, may_override from approval_settings;

-- name: change(officer, why, call_next_after, may_override)$
-- Change both; the audit says who, why, and what was before.
select change_approval_settings(:officer, :why, :call_next_after::interval, :may_override::boolean);

-- name: may_override(officer)$
-- May this officer send without approval in an emergency?
select may_override_approval(:officer);
