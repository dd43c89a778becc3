-- name: rule()^
-- The force's rule.
select effect, within_days from drill_rule;

-- name: change_rule(effect, within_days)!
-- Another one.
update drill_rule set effect = :effect, within_days = :within_days;

-- name: senders()
-- Everybody who sends, whoever practised longest ago first.
select officer, name, scenario, total, ended_at, allowed_until from practice order by ended_at nulls first, name, officer;

-- name: sender(officer)^
-- One of them; nobody where they do not send.
select officer, name, scenario, total, ended_at, allowed_until from practice where officer = :officer;

-- name: permit(officer, now, until, by, why)!
-- Let them send all the same.
insert into drill_permits (officer, given_at, until, given_by, why) values (:officer, :now, :until, :by, :why);

-- name: remind(mail, now)$
-- Write to whoever is due.
select remind_of_drills(:mail, :now);
