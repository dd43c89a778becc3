-- name: keep(draft_id, jpeg, width, height)$
-- One more photograph of a draft; its id.
insert into draft_photos (draft_id, jpeg, width, height) values (:draft_id, :jpeg, :width, :height) returning id;

-- name: of_draft(id)$
-- A draft's photograph.
select jpeg from draft_photos where id = :id;

-- name: fingerprint(id, draft_id)$
-- What names the picture itself, whatever its id: an approval binds it.
select encode(sha256(jpeg), 'hex') from draft_photos where id = :id and draft_id = :draft_id;

-- name: issue(alert_id, alt, id, draft_id)!
-- The photograph that the confirmed version names goes with the alert.
insert into alert_photos (alert_id, jpeg, width, height, alt, sha256)
select :alert_id, jpeg, width, height, :alt, sha256(jpeg) from draft_photos where id = :id and draft_id = :draft_id;

-- name: forget_draft(draft_id)!
-- Issued: the draft needs none any more.
delete from draft_photos where draft_id = :draft_id;

-- name: find(alert_id)^
-- What is known of an alert's photograph: whether the bytes are still there, and whether the public may see them.
select p.alt, encode(p.sha256, 'hex') as sha256, p.taken_down_at, p.taken_down_by, p.jpeg is null as is_erased,
       coalesce(s.is_shown, false) as is_shown
from alert_photos p left join public_photos s using (alert_id) where p.alert_id = :alert_id;

-- name: carry(draft_id, alert_id)^
-- A draft that follows an alert begins with its photograph, as long as that may be seen: the new one's id, and its alt.
with kept as (
  insert into draft_photos (draft_id, jpeg, width, height)
  select :draft_id, jpeg, width, height from public_photos where alert_id = :alert_id and is_shown
  returning id
)
select k.id, p.alt from kept k, alert_photos p where p.alert_id = :alert_id;

-- name: give_back(draft_id, alert_id)$
-- A draft has the photograph of an alert that was undone, as long as it is there and nobody took it down: the new one's id.
insert into draft_photos (draft_id, jpeg, width, height)
select :draft_id, jpeg, width, height from alert_photos
where alert_id = :alert_id and jpeg is not null and taken_down_at is null
returning id;

-- name: of_alert(alert_id)$
-- An alert's photograph, for officers; null once it is erased.
select jpeg from alert_photos where alert_id = :alert_id;

-- name: take_down(now, officer, alert_id)!
-- From now on nobody outside sees it, of whatever message of the thread; nothing where that was done before.
update alert_photos set taken_down_at = :now, taken_down_by = :officer
where taken_down_at is null
  and alert_id in (select t.id from alerts a join alerts t on t.thread = a.thread where a.id = :alert_id);

-- name: alt_shown(alert_id)$
-- What the photograph shows; null where the public may not see one.
select alt from public_photos where alert_id = :alert_id;

-- name: shown(alert_id)$
-- The photograph as the public may see it; null where they may not.
select jpeg from public_photos where alert_id = :alert_id;

-- name: forget()$
-- Erase what nobody is to see again.
select forget_photos();
