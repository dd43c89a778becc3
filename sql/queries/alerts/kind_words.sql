-- name: approved(kind)
-- The force's own words for the messages of one kind.
select message, words from kind_words_in_force where kind = :kind;
