-- One alert's story also tells when a second person was asked and agreed: the times alone.
grant select (id, submitted_at, decided_at) on approval_requests to smartalert_engagement;
