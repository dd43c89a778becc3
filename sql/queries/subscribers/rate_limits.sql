-- name: attempt(what, who, per, at_most)$
-- Count one more attempt; is it still within the limit?
select attempt(:what, :who, :per, :at_most);
