"""What people must be told, by kind of incident. Patterns are generous: a fact said in any usual way is found."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from smartalert.alerts.drafts import Draft
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.proofreading.people import TELLS_APART
from smartalert.alerts.proofreading.reaching import NUMBERS


class Fact(NamedTuple):
    """One thing to be told: how it is recognised, in which fields, and what an officer reads where it is missing."""

    words: str
    why: str
    pattern: re.Pattern[str]
    fields: tuple[str, ...] = ("headline", "description")


WHEN = Fact(
    "Say when it happened",
    "People need a time to check their memory and cameras.",
    re.compile(
        r"\b\d{1,2}[:.]\d{2}\b|\b\d{3,4} ?(?:hrs|hours)\b|\b\d{1,2} ?(?:am|pm)\b|\b(?:now|today|tonight|yesterday|"
        r"currently|ongoing|still|recent|recently|noon|midday|midnight|morning|afternoon|evening|night|overnight|"
        r"(?:are|is) \w+ing|earlier|o'clock|minutes?|hours?|days?|week|weekend|since|past|quarter|\w+day)\b",
        re.I,
    ),
)
WHERE = Fact(
    "Say where",
    "People cannot see the map on a lock screen.",
    re.compile(
        r"\b(?:[Ii]n|[Nn]ear|[Aa]t|[Oo]n|[Bb]y|[Aa]round|[Aa]long|[Bb]etween|[Bb]ehind|[Oo]utside|[Ff]rom|[Oo]ff|"
        r"[Oo]pposite|[Aa]cross)\b (?:the )?[^\W\d]|\bhere\b"
    ),
)
WHOM = Fact(
    "Give a number to call",
    "People with information need one number: 999, 101 or your team’s.",
    re.compile(r"|".join(rf"\b{number}\b" for number in NUMBERS) + r"|\d{5}"),
    ("contact", "instruction"),
)
LAST_SEEN = Fact(
    "Say where the person was last seen",
    "People start looking there.",
    re.compile(r"\b(?:last (?:seen|known|heard)|went missing|missing (?:from|since)|left|walked|seen)\b", re.I),
)
AGE = Fact(
    "Give the person's age",
    "A name alone is not enough to find somebody.",
    re.compile(r"\b\d{1,3}\b(?![:.]\d)|\b(?:years? old|aged|teen\w*|baby|toddler|child|elderly|\w+ties)\b", re.I),
)
LOOKS = Fact(
    "Describe the person",
    "People look for height, hair and clothes, not for a name.",
    TELLS_APART,
    ("description",),
)
DOG = Fact(
    "Describe the dog",
    "People need to know which dog to stay away from.",
    re.compile(
        r"\b(?:black|white|brown|tan|gr[ae]y|golden|cream|red|brindled?|spotted|dark|large|big|medium|small|huge|"
        r"muscular|haired|collar|lead|muzzled?|breed|cross|terrier|mastiff|bull(?:y|dog)|shepherd|alsatian|rottweiler|"
        r"doberman\w*|husky|akita|collie|labrador|retriever|spaniel|staff(?:ie|y|ordshire)|lurcher|greyhound)\b",
        re.I,
    ),
    ("description",),
)
#: What each kind needs beside place, time and a number to call.
MORE = {
    "missing_person": (LAST_SEEN, AGE, LOOKS),
    "wanted_person": (LAST_SEEN, LOOKS),
    "dangerous_dog": (DOG,),
}


def missing(draft: Draft) -> Iterator[Fact]:
    """The facts that its words do not tell; what follows an alert need not tell again what that told."""
    kind = KINDS.get(draft.incident_kind)
    if not kind:
        return
    needed = (*MORE.get(kind.key, ()), WHERE, WHEN, WHOM) if kind.urgent and not draft.sequel else (WHOM,)
    for fact in needed:
        said = " ".join(filter(None, (getattr(draft, field).strip() for field in fact.fields)))
        # Empty fields are asked for elsewhere. A gap is asked for by itself, and may be the very fact.
        if said and "[" not in said and not fact.pattern.search(said):
            yield fact
