-- name: found(longest, words, codes, alert_id, limit)
-- Responses, of one alert or any, that hold all of these words, as LIKE patterns, and all of the codes in however many parts; the newest.
-- The longest stands alone: no index serves LIKE ALL.
select id from responses
where searched like :longest and searched like all (:words::text[])
  and replace(searched, ' ', '') like all (:codes::text[])
  and (:alert_id::bigint is null or alert_id = :alert_id)
order by received_at desc limit :limit;

-- name: found_code(longest, words, codes, alert_id, limit)
-- The same by the longest of the codes.
select id from responses
where replace(searched, ' ', '') like :longest and searched like all (:words::text[])
  and replace(searched, ' ', '') like all (:codes::text[])
  and (:alert_id::bigint is null or alert_id = :alert_id)
order by received_at desc limit :limit;
