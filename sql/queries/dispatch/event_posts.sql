-- name: keep(body, signature, signed_at)$
-- Keep one post until a worker reads it.
select keep_event_post(:body, :signature, :signed_at);

-- name: call()$
-- Have a worker read what is kept.
select call_event_reader();

-- name: take(at_most)
-- The oldest posts, which are forgotten with this transaction.
delete from event_posts where id in (select id from event_posts order by id limit :at_most)
returning id, body, signature, signed_at;
