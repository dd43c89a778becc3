-- name: links(after, at_most)
-- The next links of the chain, each with the entry it stands for; the entry is null where it is gone.
select c.position, c.entry, c.hash, c.sealed, c.key, c.content, c.digest, a.id, a.at, a.mode, a.officer, a.action, a.alert_id, a.draft_id,
       a.detail::text as detail
from audit_chain c left join audit a on a.id = c.entry
where c.position > :after
order by c.position
limit :at_most;

-- name: slipped_in()
-- Entries that are no link of the chain: whoever wrote them kept the database from noticing.
select id, at from audit a
where not exists (select from audit_chain c where c.entry = a.id)
order by id
limit 20;

-- name: sealed_counts()
-- The counts of every ledger as they were sealed, one ledger after the other, each oldest first.
select key, content from audit_chain where sealed = 'ledger of alert' order by key, position;

-- name: link(position)^
-- One link of the chain.
select position, hash from audit_chain where position = :position;

-- name: heads()
-- Every signed head, oldest first.
select number, position, hash, signed_at, signature from audit_heads order by number;

-- name: last_head()^
-- The newest signed head.
select number, position, hash, signed_at, signature from audit_heads order by number desc limit 1;

-- name: keep_head(number, position, hash, signed_at, signature)!
-- One more signed head; where another worker has just signed this number, theirs stands.
insert into audit_heads (number, position, hash, signed_at, signature)
values (:number, :position, :hash, :signed_at, :signature)
on conflict do nothing;
