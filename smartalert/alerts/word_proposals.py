"""Other words for a kind: proposed by an administrator, approved or refused by somebody else, kept for good.

Drafts that have begun keep their words, and alerts that were issued never change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from smartalert import cleaning
from smartalert.alerts import kind_checks
from smartalert.alerts.drafts import WORDS
from smartalert.alerts.kind_checks import Known
from smartalert.alerts.kind_words import Template, Words, as_delivered, in_force
from smartalert.audit import entries
from smartalert.audit.entries import Action
from smartalert.database.connection import Connection, queries, row_as, rows_as
from smartalert.errors import NotAllowed, WordsRefused

#: Longer is no reason any more.
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Version:
    """One wording that was proposed for a message of a kind; what was decided, by whom and when: None until it is."""

    id: int
    kind: str
    message: str
    #: Field → its words; None: as we deliver them.
    words: Mapping[str, str] | None
    why: str
    proposed_by: str
    proposed_at: datetime
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    note: str | None

    @property
    def template(self) -> Template:
        """The message that it is for."""
        return Template(self.kind, self.message)

    @property
    def all_words(self) -> Words:
        """Field → its words, ours where it is to be as we deliver it."""
        return self.words if self.words is not None else as_delivered(self.template)


def history(conn: Connection, template: Template) -> list[Version]:
    """Everything that was ever proposed for one message of a kind, the newest first."""
    found = queries("alerts/word_proposals").history(conn, kind=template.kind, message=template.message)
    return rows_as(Version, found)


def waiting(conn: Connection) -> list[Version]:
    """Proposals that nobody has decided, the longest waiting first."""
    return rows_as(Version, queries("alerts/word_proposals").waiting(conn))


def how_many_wait(conn: Connection) -> int:
    """How many proposals nobody has decided."""
    return int(queries("alerts/word_proposals").how_many_wait(conn))


def edited(conn: Connection) -> set[Template]:
    """The messages whose words are the force's own."""
    return {Template(row.kind, row.message) for row in queries("alerts/word_proposals").edited(conn)}


def headlines(conn: Connection) -> dict[str, str]:
    """Kind → the headline it begins with, of those whose first message is the force's own."""
    return {row.kind: row.headline for row in queries("alerts/word_proposals").headlines(conn)}


def propose(
    conn: Connection, template: Template, words: Words | None, officer: str, now: datetime, *, why: str, known: Known
) -> int:
    """Ask that this message begin with these words from now on; None: with ours. Its number.

    Raises WordsRefused where they do not pass the checks, change nothing, or another proposal waits.
    """
    if not template.exists:
        raise WordsRefused("There is no such message. Choose the kind of alert again.")
    if not (why := cleaning.one_line(why, LONGEST_REASON)):
        raise WordsRefused("Give a reason for the change.")
    ours, used = as_delivered(template), in_force(conn, template)
    asked = ours if words is None else cleaned(words)
    if asked == used:
        raise WordsRefused("These words are in use already. Change them first.")
    if asked != ours:
        require_sound(template, asked, known)
    kept = None if asked == ours else Jsonb(asked)
    found = queries("alerts/word_proposals").propose(
        conn, kind=template.kind, message=template.message, words=kept, why=why, officer=officer, now=now
    )
    if found is None:
        raise WordsRefused("Another change to this message is waiting for approval. It must be decided first.")
    entries.record(
        conn, officer, Action.WORDS_PROPOSED, kind=template.kind, message=template.message, proposal=found,
        before=changed(used, asked), after=changed(asked, used), why=why,
    )  # fmt: skip
    return int(found)


def approve(conn: Connection, version_id: int, officer: str, now: datetime, *, known: Known) -> None:
    """From now on new drafts begin with it. Raises NotAllowed, or WordsRefused where it no longer passes the checks."""
    one = held(conn, version_id)
    if one.proposed_by == officer:
        raise NotAllowed("You proposed this. Somebody else must approve it.")
    if one.words is not None:
        require_sound(one.template, one.words, known)
    used = in_force(conn, one.template)
    queries("alerts/word_proposals").decide(conn, id=one.id, decision="approved", officer=officer, now=now, note=None)
    entries.record(
        conn, officer, Action.WORDS_APPROVED, kind=one.kind, message=one.message, proposal=one.id,
        before=changed(used, one.all_words), after=changed(one.all_words, used),
    )  # fmt: skip


def refuse(conn: Connection, version_id: int, officer: str, now: datetime, *, why: str) -> None:
    """Leave the words as they are. Raises NotAllowed, or WordsRefused where nobody says why."""
    one = held(conn, version_id)
    if one.proposed_by == officer:
        raise NotAllowed("You proposed this. Take it back instead.")
    if not (why := cleaning.one_line(why, LONGEST_REASON)):
        raise WordsRefused("Say why you are refusing it.")
    queries("alerts/word_proposals").decide(conn, id=one.id, decision="refused", officer=officer, now=now, note=why)
    entries.record(conn, officer, Action.WORDS_REFUSED, kind=one.kind, message=one.message, proposal=one.id, why=why)


def take_back(conn: Connection, version_id: int, officer: str, now: datetime) -> None:
    """No longer ask for it. Raises NotAllowed: only whoever proposed it may."""
    one = held(conn, version_id)
    if one.proposed_by != officer:
        raise NotAllowed("Somebody else proposed this. Refuse it instead.")
    queries("alerts/word_proposals").decide(conn, id=one.id, decision="withdrawn", officer=officer, now=now, note=None)
    entries.record(conn, officer, Action.WORDS_TAKEN_BACK, kind=one.kind, message=one.message, proposal=one.id)


def held(conn: Connection, version_id: int) -> Version:
    """A proposal that waits, held so that nobody else decides it meanwhile. Raises WordsRefused where it does not."""
    version = row_as(Version, queries("alerts/word_proposals").held(conn, id=version_id))
    if version is None:
        raise WordsRefused("This proposal has been decided already. Reload the page.")
    return version


def cleaned(words: Words) -> dict[str, str]:
    """Every field as it would leave: nothing in it that nobody sees."""
    read = {field: words.get(field, "") for field in WORDS}
    return {field: (cleaning.one_line if field == "headline" else cleaning.lines)(text) for field, text in read.items()}


def require_sound(template: Template, words: Words, known: Known) -> None:
    """Refuse words that a blocking check stands against. Raises WordsRefused with the first of them."""
    for one in kind_checks.stops(kind_checks.findings(template, words, known)):
        raise WordsRefused(f"{one.what.removesuffix('.')}. {one.why}".strip())


def changed(words: Words, other: Words) -> dict[str, str]:
    """The fields of these words that differ from other ones."""
    return {field: words[field] for field in WORDS if words[field] != other[field]}
