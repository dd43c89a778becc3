"""What people can choose to hear about: the bits that the matching table holds.

A bit or number, once given, is never given to anything else: rows in the database carry them.
"""

from enum import Enum, IntFlag


class Topic(IntFlag):
    """What a subscriber is interested in; a bitmask, as a table of choices would match seven times slower."""

    RURAL = 1 << 0
    HORSE = 1 << 1
    CANAL = 1 << 2
    SCHOOL = 1 << 3
    CYCLE = 1 << 4
    VEHICLE = 1 << 5
    BURGLARY = 1 << 6
    ROGUE_TRADERS = 1 << 7
    MISSING_PEOPLE = 1 << 8
    ANTISOCIAL = 1 << 9
    FRAUD = 1 << 10
    WILDLIFE = 1 << 11

    @property
    def label(self) -> str:
        """As people read it."""
        return TOPIC_LABELS[self]


TOPIC_LABELS = {
    Topic.RURAL: "Rural crime",
    Topic.HORSE: "Horses and stables",
    Topic.CANAL: "Canals and boats",
    Topic.SCHOOL: "School safety",
    Topic.CYCLE: "Cycle crime",
    Topic.VEHICLE: "Vehicle crime",
    Topic.BURGLARY: "Burglary",
    Topic.ROGUE_TRADERS: "Rogue traders",
    Topic.MISSING_PEOPLE: "Missing people",
    Topic.ANTISOCIAL: "Anti-social behaviour",
    Topic.FRAUD: "Fraud and scams",
    Topic.WILDLIFE: "Wildlife crime",
}


class Sector(Enum):
    """A business's trade: (number in the database, label). Residents have 0."""

    RETAIL = 1, "Shops"
    LICENSED = 2, "Pubs, clubs and restaurants"
    FARMING = 3, "Farming"
    CONSTRUCTION = 4, "Building and construction"
    FINANCE = 5, "Banks and finance"
    EDUCATION = 6, "Schools and colleges"
    HEALTH = 7, "Health and care"
    TRANSPORT = 8, "Transport and haulage"
    MANUFACTURING = 9, "Manufacturing"
    HOSPITALITY = 10, "Hotels and tourism"
    EQUESTRIAN = 11, "Stables and equestrian"
    MOTOR = 12, "Garages and motor trade"

    @property
    def number(self) -> int:
        """The sector column's value."""
        return self.value[0]

    @property
    def label(self) -> str:
        """As people read it."""
        return self.value[1]

    @property
    def bit(self) -> int:
        """Its place in an alert's mask of sectors."""
        return 1 << self.number
