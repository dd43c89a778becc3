-- name: campaigns(start, before)
-- What the office did in these days to be heard of, the oldest first.
select id, name, starts_on, noted_by from campaigns
where removed_at is null and starts_on >= :start and starts_on < :before order by starts_on, id;

-- name: note_campaign(name, starts_on, officer, now)!
-- Put a campaign on the charts; the same one twice is one.
insert into campaigns (name, starts_on, noted_by, noted_at) values (:name, :starts_on, :officer, :now)
on conflict (starts_on, name) where removed_at is null do nothing;

-- name: remove_campaign(id, officer, now)!
-- Take it off again.
update campaigns set removed_at = :now, removed_by = :officer where id = :id and removed_at is null;
