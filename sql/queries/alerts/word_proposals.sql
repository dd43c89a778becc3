-- name: history(kind, message)
-- Everything that was ever proposed for one message of a kind, the newest first.
select id, kind, message, words, why, proposed_by, proposed_at, decision::text, decided_by, decided_at, note
from kind_words where kind = :kind and message = :message order by id desc;

-- name: waiting()
-- Proposals that nobody has decided, the longest waiting first.
select id, kind, message, words, why, proposed_by, proposed_at, decision::text, decided_by, decided_at, note
from kind_words where decision is null order by id;

-- name: edited()
-- Messages whose words are the force's own.
select kind, message from kind_words_in_force;

-- name: headlines()
-- The headlines of first messages that are the force's own.
select kind, words ->> 'headline' as headline from kind_words_in_force where message = 'first';

-- name: propose(kind, message, words, why, officer, now)$
-- Keep a proposal; nothing where another one waits for the same message.
insert into kind_words (kind, message, words, why, proposed_by, proposed_at)
values (:kind, :message, :words, :why, :officer, :now)
on conflict (kind, message) where decision is null do nothing
returning id;

-- name: held(id)^
-- One proposal that waits, held until the transaction ends.
select id, kind, message, words, why, proposed_by, proposed_at, decision::text, decided_by, decided_at, note
from kind_words where id = :id and decision is null for update;

-- name: decide(id, decision, officer, now, note)!
-- What became of a proposal.
update kind_words
set decision = :decision::words_decision, decided_by = :officer, decided_at = :now, note = :note
where id = :id;

-- name: how_many_wait()$
-- How many proposals nobody has decided.
select count(*) from kind_words where decision is null;
