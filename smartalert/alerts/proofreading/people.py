"""What would point at somebody: an exact address, a victim's name, a description by race alone."""

import re
from collections.abc import Iterator

from smartalert.alerts.incident_numbers import MONTHS
from smartalert.alerts.incidents import KINDS
from smartalert.alerts.proofreading.marks import Mark, Page, begins_sentence, sentence

STREET_ENDS = (
    "Avenue|Bank|Bridge|Buildings|Close|Common|Cottages|Court|Crescent|Croft|Drive|Fields?|Gardens?|Garth|Gate|Green|"
    "Grove|Hill|Lane|Meadows?|Mews|Mount|Parade|Park|Passage|Path|Place|Rise|Road|Row|Side|Square|Street|Terrace|Vale|"
    "View|Villas|Walk|Way|Wharf|Yard|Rd|Ave|Ln"
)
#: A house number and a street: "14 Mill Lane", "Flat 2, 7a St Mary's Gate", "no. 3-5 HIGH STREET".
ADDRESS = re.compile(
    r"(?<![\w:./£-])(?P<house>(?:[Hh]ouse )?(?:(?:[Nn]umbers?|[Nn]os?\.?) )?(?:[Ff]lat \d+[a-zA-Z]?,? )?"
    r"\d{1,3}[a-zA-Z]?(?:\s?[-/]\s?\d{1,3}[a-zA-Z]?)?,?\s+)"
    rf"(?P<street>(?:(?:St\.|[A-Z][\w'’-]*) ){{1,3}}?(?:{STREET_ENDS}|{STREET_ENDS.upper()}))\b"
)
HOUSE = re.compile(r"\b(?:[Hh]ouse [Nn]umber|(?<=at )[Nn]umber|(?<=from )[Nn]umber|[Ff]lat) \d{1,3}[a-z]?\b(?! bus)")
#: Numbers of other things that stand before a street's name.
NO_HOUSE = re.compile(r"\b(?:junction|jct|j|route|bus|gate|bridge|lock|platform|bay|over|under|aged?)\.?\s*$", re.I)
ENDS_IN_NUMBER = re.compile(r"\b\d{1,3}[a-zA-Z]?,?\s+$")
POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?)\s?(\d[ABD-HJLNP-UW-Z]{2})\b", re.I)
ORDINAL = re.compile(r"\d(?:st|nd|rd|th)", re.I)
#: Kinds that name places where people are asked to come, or businesses.
OPEN_PLACES = frozenset({"update", "business_crime"})
#: Kinds that have to say who somebody is: who is missing or wanted.
APPEALS = frozenset(kind.key for kind in KINDS.values() if kind.about_person)

NAMED = re.compile(r"\b(Mr|Mrs|Ms|Miss|Mx|Dr)\.? [A-Z][\w-]+(?: [A-Z][\w-]+){0,2}")
FULL_NAME = r"[A-Z][a-z]+(?:[ -][A-Z][a-z]+){1,2}"
VICTIM_NAMED = re.compile(rf"\bvictim(?P<name>,? (?:(?:is|was|named|called) )?(?P<who>{FULL_NAME}),?)")
AGED = re.compile(rf"\b(?P<who>{FULL_NAME})(?=,? (?:aged )?\d{{1,3}}\b,)")
HARMED = re.compile(
    r"\b(?:victim|robbed|burgled|attacked|assaulted|raped|stabbed|mugged|beaten|injured|hurt|threatened|conned|"
    r"defrauded|scammed|killed|died|murdered|(?:his|her|their) (?:home|house|flat|bungalow|address))\b",
    re.I,
)
#: What a title says of a person.
STANDS_FOR = {"Mr": "a man", "Mrs": "a woman", "Ms": "a woman", "Miss": "a woman"}

#: Who somebody is, told again: "Lina, 16", "aged 16", "a 16-year-old girl", "called Lina Shaw", "Lina was found".
TOLD_AGAIN = re.compile(
    r"\b[A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+){0,2}, (?:aged )?\d{1,3}\b|\baged \d{1,3}\b|"
    r"\b\d{1,3}[- ]years?[- ]old\b(?: \w+)?|"
    rf"\b(?:called|named) {FULL_NAME}|\b(?:called|named) [A-Z][a-z'’-]+|"
    r"\b(?!(?:He|She|They|It|This|That|The|Person|Child|Boy|Girl|Man|Woman)\b)[A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+)?"
    r"(?= (?:(?:has been|was|is|has now been|is now) (?:found|safe|home|back|well)|is no longer missing))"
)
RACE = re.compile(
    r"\b(?:(?P<article>an?) )?(?:black|white|asian|chinese|african|(?:afro-|african )?caribbean|mixed[- ]race|"
    r"(?:eastern )?european|middle[- ]eastern|arab|indian|pakistani|bangladeshi|polish|romanian|albanian|somali|"
    r"turkish|irish|gypsy|roma|traveller|oriental|dark[- ]skinned|ic ?[1-9])(?:[- ]looking)? "
    r"(?P<who>m[ae]n|males?|wom[ae]n|females?|youths?|persons?|people|boys?|girls?|teenagers?|lads?|suspects?|"
    r"offenders?|couple|gang|individuals?)\b(?! (?:carrier|vehicle|car|van|bike)s?\b)",
    re.I,
)
#: What else tells one person from another.
TELLS_APART = re.compile(
    r"\b(?:feet|foot|ft|cm|tall|slim|thin|stocky|heavy|build|built|\w*hair(?:ed)?|bald|beard(?:ed)?|moustache|goatee|"
    r"stubble|tattoo\w*|scar(?:red)?|glasses|wearing|wore|dressed|cloth(?:es|ing)|coat|jacket|hood(?:ie|ed)?|jumper|"
    r"\w*shirt|jeans|trousers|tracksuit|shorts|trainers|boots|shoes|cap|hat|beanie|mask\w*|balaclava|gloves|backpack|"
    r"rucksack|accent|aged|years old|years-old|year-old|\d0s|twenties|thirties|forties|fifties|sixties|"
    r"van|car|motorbike|moped|bike|scooter|vehicle)\b",
    re.I,
)


def addresses(page: Page) -> Iterator[Mark]:
    """An exact home: the number goes and the street stays; of a postcode the first half stays."""
    for found in ADDRESS.finditer(page.text):
        begins_with_month = found["street"].split()[0] in MONTHS
        before = page.text[: found.start()]
        if not begins_with_month and not NO_HOUSE.search(before):
            # Else the number before it, such as 999, would be read as the house's.
            yield Mark(*found.span(), f"in {found['street']}" if ENDS_IN_NUMBER.search(before) else found["street"])
    for found in HOUSE.finditer(page.text):
        if not ADDRESS.match(page.text, found.start()):
            yield Mark(*found.span(), "a home")
    for found in POSTCODE.finditer(page.text):
        if not ORDINAL.fullmatch(found[2]):
            yield Mark(*found.span(), found[1])


def at_home(page: Page) -> Iterator[Mark]:
    """Exact addresses, where they may be somebody's home."""
    if page.draft.incident_kind not in OPEN_PLACES:
        yield from addresses(page)


def open_places(page: Page) -> Iterator[Mark]:
    """Exact addresses, where they are more likely a place to meet."""
    if page.draft.incident_kind in OPEN_PLACES:
        yield from addresses(page)


def victims(page: Page) -> Iterator[Mark]:
    """The name of somebody to whom something was done."""
    if page.draft.incident_kind == "missing_person":
        return
    for found in VICTIM_NAMED.finditer(page.text):
        yield Mark(found.start("name"), found.end("name"), "")
    if page.draft.incident_kind in APPEALS:
        # Who is wanted is named beside what was done to others.
        return
    for found in [*NAMED.finditer(page.text), *AGED.finditer(page.text)]:
        if is_harmed(page, found):
            yield Mark(*found.span(), stand_in(page, found))


def names(page: Page) -> Iterator[Mark]:
    """Anybody else's name with a title."""
    if page.draft.incident_kind in APPEALS:
        return
    for found in NAMED.finditer(page.text):
        if not is_harmed(page, found):
            yield Mark(*found.span(), stand_in(page, found))


def told_again(page: Page) -> Iterator[Mark]:
    """Who an appeal was about, in the message that closes it."""
    sequel = page.draft.sequel
    if sequel and sequel.closes and page.draft.incident_kind in APPEALS:
        for found in TOLD_AGAIN.finditer(page.text):
            yield Mark(*found.span(), None)


def is_harmed(page: Page, found: re.Match[str]) -> bool:
    """Whether the sentence tells what was done to them."""
    start, end = sentence(page.text, found.start())[0], sentence(page.text, found.end())[1]
    return bool(HARMED.search(page.text[start:end]))


def stand_in(page: Page, found: re.Match[str]) -> str:
    """ "a man" for "Mr Smith"."""
    said = STANDS_FOR.get(found[0].split()[0].rstrip("."), "a person")
    return said.capitalize() if begins_sentence(page.text, found.start()) else said


def by_race_only(page: Page) -> Iterator[Mark]:
    """People of whom only their race is told; nothing, where anything else tells them apart."""
    if page.draft.incident_kind == "update" or TELLS_APART.search(f"{page.draft.headline} {page.draft.description}"):
        return
    for found in RACE.finditer(page.text):
        article = found["article"] or ""
        due = article[:1] + ("n" if found["who"][0].lower() in "aeio" else "") + " " if article else ""
        yield Mark(*found.span(), due + found["who"])
