"""What made-up alerts say and what made-up people answer. No name, address or number of anybody real."""

from random import Random

from smartalert.alerts import drafts
from smartalert.alerts.drafts import WORDS, Draft
from smartalert.alerts.incidents import GAP, KINDS, gaps

#: Kind of incident → how often it comes up, beside the others.
OFTEN = {
    "burglary": 16, "vehicle_crime": 14, "missing_person": 13, "bogus_caller": 12, "update": 12, "robbery": 7,
    "rural_crime": 7, "fraud": 6, "cycle_theft": 6, "business_crime": 5, "fire": 4, "road_closed": 4, "canal": 3,
    "horse_theft": 3, "wanted_person": 3, "flood": 3, "dangerous_dog": 2, "stay_indoors": 2, "school_safety": 2,
    "unexploded_bomb": 1,
}  # fmt: skip
#: Kind → responses for each 1,000 people told, and what it may lead to, each with how likely.
ANSWERS = {
    "missing_person": (16.2, {"found": 0.55}),
    "bogus_caller": (10.8, {"arrested": 0.12, "prevented": 0.25}),
    "burglary": (12.6, {"arrested": 0.14, "recovered": 0.08}),
    "vehicle_crime": (10.8, {"arrested": 0.08, "recovered": 0.16}),
    "robbery": (9.0, {"arrested": 0.12}),
    "rural_crime": (9.0, {"recovered": 0.2, "arrested": 0.06}),
    "horse_theft": (10.8, {"recovered": 0.25}),
    "canal": (9.0, {"found": 0.1}),
    "cycle_theft": (3.6, {"recovered": 0.12}),
    "business_crime": (5.4, {"arrested": 0.15, "prevented": 0.1}),
    "school_safety": (5.4, {"prevented": 0.2}),
    "wanted_person": (10.8, {"arrested": 0.3}),
    "fire": (3.6, {"prevented": 0.1}),
    "road_closed": (3.6, {}),
    "flood": (5.4, {"prevented": 0.1}),
    "stay_indoors": (5.4, {"arrested": 0.3}),
    "dangerous_dog": (9.0, {"found": 0.4}),
    "unexploded_bomb": (1.8, {}),
    "fraud": (5.4, {"arrested": 0.05, "prevented": 0.3}),
    "update": (1.1, {}),
}
#: Gap of a template → what may stand there.
FILLED = {
    "[first name]": ("Harold", "Maisie", "Tomasz", "Priya", "Edith", "Callum"),
    "[age]": ("79", "14", "36", "16", "84", "22"),
    "[time]": ("about 15:20", "about 09:45", "about 21:10", "about 18:30"),
    "[Hair, build, clothing]": (
        "Short grey hair, slim, navy anorak and brown shoes",
        "Long dark hair, school blazer, white trainers",
        "Fair hair, tall, green hooded top and jeans",
    ),
    "[him/her]": ("them",),
    "[water company / council / police]": ("the water company", "the council", "the police"),
    "[Description of people and vehicle]": (
        "Two men in hi-vis vests, one with a lanyard, in a white van without markings",
        "A woman with a clipboard and a man in a dark suit, on foot",
    ),
    "[Description and direction of those we want to find]": (
        "Two people in dark clothing, one with a red rucksack, ran towards the main road",
        "One man on an electric bicycle, grey hood, left towards the park",
        "Three teenagers, one with a scooter, went towards the shops",
    ),
    "[What was taken or broken into]": (
        "Three cars were opened", "A works van was taken", "Two catalytic converters were cut off",
    ),
    "[Vehicle, number plate, direction]": (
        "A silver estate with false plates drove off towards the ring road",
        "A dark hatchback without lights left towards the motorway",
    ),
    "[what was taken]": ("a quad bike", "sheep", "diesel"),
    "[Machinery, livestock or fuel]": ("A quad bike", "Forty sheep", "Six hundred litres of diesel"),
    "[Vehicle and direction]": ("A pick-up with a twin-axle trailer left by the lane", "A dark Land Rover went north"),
    "[taken / harmed]": ("taken", "harmed"),
    "[Description of the horse, trailer and people]": (
        "A bay mare with a white blaze; a grey trailer and two men were seen",
    ),
    "[What happened]": ("Somebody was threatened for a telephone", "A man was seen trying gates"),
    "[Description]": ("One man, about thirty, black cap and a blue coat", "Two people in dark tracksuits"),
    "[Number]": ("Four", "Seven", "Three"),
    "[when]": ("since Monday", "over the last two days", "this week"),
    "[Make, colour, how they were locked]": ("Mountain bicycles, most of them held by a thin cable lock",),
    "[school]": ("the primary school", "the academy"),
    "[collect children at … / wait for word from the school]": ("wait for word from the school",),
    "[what is happening]": ("forged notes", "shop thefts", "threats to staff"),
    "[Shop thefts / forged notes / threats]": ("Forged notes", "Thefts by two people working together", "Threats"),
    "[name]": ("Darren Sample", "Kerry Example", "Lee Specimen"),
    "[offence]": ("burglary", "robbery", "assault"),
    "[What is burning]": ("A barn", "An empty mill", "A scrapyard"),
    "[towards where]": ("towards the town centre", "across the ring road", "over the fields to the north"),
    "[Road]": ("The main road", "The bridge", "The high street"),
    "[what happened]": ("a collision", "a fallen tree", "a burst water main"),
    "[Where the diversion goes]": ("The diversion is signed", "Use the ring road"),
    "[homes / gardens / roads]": ("homes", "gardens", "roads"),
    "[Which river, and when it should be highest]": ("The river should be highest at about 23:00",),
    "[an armed man / a gas leak / …]": ("an armed man", "a gas leak"),
    "[What the danger is]": ("Somebody there may have a weapon", "There may be gas in the air"),
    "[bit somebody / attacked another animal]": ("bit somebody", "attacked another animal"),
    "[Size, colour, collar and direction]": (
        "It is large and brown, has a red collar and ran towards the park", "It is black and white, without a collar",
    ),
    "[What was found]": ("A wartime bomb", "An old shell"),
    "[at work / on their way]": ("at work", "on their way"),
    "[how far around it]": ("200 metres around it", "100 metres around it"),
    "[where people can wait]": ("the leisure centre", "the school hall"),
    "[what to look out for]": ("false bank calls", "false texts", "couriers for cards"),
    "[calls / texts / e-mails / visits]": ("calls", "texts", "visits"),
    "[their bank / the police / family]": ("their bank", "the police", "family"),
    "[money, codes or cards]": ("money", "codes", "cards"),
    "[What is new]": ("They were seen again near the park.", "A second vehicle may be involved."),
    "[The correct information]": ("The vehicle is silver, not dark.", "It happened an hour earlier than we said."),
    "[What came of it]": ("Thanks to what you told us an arrest was made.",),
    "[Subject]": ("Meet your officers", "Speeding checks", "Marking bicycles", "What we did about parking"),
    "[What your local officers want people {where} to know]": ("Your local officers are out this week.",),
    "[What people can do, or where to meet us]": ("Come to the library on Saturday from ten, or write to us",),
}  # fmt: skip
SEEN = (
    "A van like that stood outside the garages, two men inside.",
    "Saw somebody running past the chip shop at about that time, dark coat.",
    "My doorbell has a clip of a person trying the handle.",
    "There was an estate car without plates by the allotments.",
    "Think I saw them by the bus station, walking towards the park.",
    "Heard glass break and a motorbike leave in a hurry.",
    "Two people knocked here as well and left when the dog barked.",
    "I have dashcam film of the car, can send it.",
    "Not sure it helps, but a grey trailer was parked in the lay-by.",
    "They just walked past my house, happening now.",
)


def words(draft: Draft, random: Random) -> Draft:
    """The draft with every gap filled, and a headline that fits a lock screen."""
    filled = {}
    for field in WORDS:
        text = getattr(draft, field)
        for gap in gaps(text):
            text = text.replace(gap, random.choice(FILLED.get(gap, (GAP.sub("them", gap),))))
        filled[field] = text
    filled["headline"] = filled["headline"][: drafts.LONGEST_HEADLINE].strip()
    return draft.model_copy(update=filled)


def kind(random: Random, hour: int) -> str:
    """What happened; routine updates come in working hours only."""
    while True:
        found = random.choices(list(OFTEN), weights=list(OFTEN.values()))[0]
        if KINDS[found].urgent or 9 <= hour <= 18:
            return found
