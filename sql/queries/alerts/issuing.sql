-- name: already_issued(draft_id)$
-- The alert this draft became, if it did.
select id from alerts where draft_id = :draft_id;

-- name: insert_alert(draft_id, status, msg_type, urgent, incident_kind, about_person, incident_number, headline, description, instruction, contact, area, within_m, street_id, area_desc, topics, sectors, channels, people, issued_by, issued_at, release_at, expires_at, approval_id, override_reason, follows, follow_up, searched)^
-- One issued alert, from a draft and the ground it was surveyed on.
insert into alerts (draft_id, status, msg_type, urgent, incident_kind, about_person, incident_number, headline, description,
                    instruction, contact, area, within_m, street_id, area_desc, topics, sectors, channels, people,
                    issued_by, issued_at, release_at, expires_at, approval_id, override_reason, follows, follow_up, searched)
values (:draft_id, :status, :msg_type, :urgent, :incident_kind, :about_person, :incident_number, :headline, :description,
        :instruction, :contact, :area::geometry, :within_m, :street_id, :area_desc, :topics, :sectors, :channels, :people,
        :issued_by, :issued_at, :release_at, :expires_at, :approval_id, :override_reason, :follows, :follow_up, :searched)
returning id, identifier;

-- name: insert_message(alert_id, channel, title, body, html)!
-- One channel's words, frozen.
insert into messages (alert_id, channel, title, body, html)
values (:alert_id, :channel, :title, :body, :html);
