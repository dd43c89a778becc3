"""The real towns and villages of Staffordshire, and where the roads out of the county lead.

Contains GeoNames data, CC BY 4.0.
"""

from typing import NamedTuple


class Settlement(NamedTuple):
    """A town, village or hamlet; metres in EPSG:27700."""

    name: str
    x: int
    y: int
    population: int

    @property
    def kind(self) -> str:
        """City, town, village or hamlet, by how many live there."""
        return next((kind for kind, least in KINDS.items() if self.population >= least), "hamlet")


KINDS = {"city": 100_000, "town": 5_000, "village": 401}
TOWNS = [
    Settlement("Stoke-on-Trent", 387660, 345220, 258366),
    Settlement("Newcastle-under-Lyme", 384440, 344770, 127727),
    Settlement("Burton upon Trent", 424190, 323360, 122199),
    Settlement("Cannock", 398010, 310310, 86121),
    Settlement("Tamworth", 420680, 304070, 81964),
    Settlement("Stafford", 392250, 323080, 70145),
    Settlement("Lichfield", 411890, 309330, 34738),
    Settlement("Kidsgrove", 384170, 354440, 29480),
    Settlement("Burntwood", 404990, 309230, 29244),
    Settlement("Longton", 391150, 342900, 27214),
    Settlement("Rugeley", 404350, 317970, 26156),
    Settlement("Leek", 398620, 356350, 19385),
    Settlement("Great Wyrley", 399350, 307230, 19193),
    Settlement("Biddulph", 388330, 357800, 17669),
    Settlement("Stone", 389730, 334290, 14258),
    Settlement("Featherstone", 393790, 305240, 14175),
    Settlement("Uttoxeter", 409190, 333450, 14014),
    Settlement("Wombourne", 387660, 292850, 13511),
    Settlement("Codsall", 386460, 303590, 11860),
    Settlement("Cheadle", 401220, 342890, 11404),
    Settlement("Penkridge", 392290, 314220, 7791),
    Settlement("Fazeley", 420510, 301890, 7522),
    Settlement("Norton Canes", 402620, 308190, 7479),
    Settlement("Tunstall", 385930, 351250, 6232),
    Settlement("Audley", 379990, 350350, 5638),
    Settlement("Essington", 396190, 303480, 4829),
    Settlement("Kinver", 384240, 283590, 4723),
    Settlement("Armitage", 408020, 316040, 4650),
    Settlement("Keele", 380810, 345210, 3953),
    Settlement("Madeley", 377730, 344790, 3893),
    Settlement("Gnosall", 382910, 320920, 3869),
    Settlement("Barton under Needwood", 418720, 318380, 3796),
    Settlement("Standon", 381050, 335510, 3429),
    Settlement("Endon", 392530, 353300, 3221),
    Settlement("Cheddleton", 397260, 352430, 2947),
    Settlement("Alrewas", 417000, 315050, 2852),
    Settlement("Coven", 390940, 306470, 2694),
    Settlement("Eccleshall", 383280, 328960, 2651),
    Settlement("Brewood", 388320, 308840, 2614),
    Settlement("Colwich", 401310, 321120, 2485),
    Settlement("Shenstone", 410830, 304490, 2220),
    Settlement("Whittington", 416260, 308470, 2085),
    Settlement("Barlaston", 388640, 338300, 1979),
    Settlement("Wheaton Aston", 385190, 312670, 1965),
    Settlement("Great Haywood", 400080, 323370, 1844),
    Settlement("Pattingham", 382120, 299070, 1749),
    Settlement("Yoxall", 414220, 318800, 1638),
    Settlement("Abbots Bromley", 408390, 324400, 1351),
    Settlement("Mayfield", 415760, 344770, 1125),
    Settlement("Betley", 375380, 348630, 1033),
    Settlement("Haughton", 386610, 320660, 920),
    Settlement("Ipstones", 402100, 349950, 881),
    Settlement("Acton Trussell", 393570, 318140, 786),
    Settlement("Shareshill", 394590, 306480, 759),
    Settlement("Seisdon", 384050, 294850, 752),
    Settlement("Kingsley", 401220, 346600, 716),
    Settlement("Fulford", 395250, 337870, 650),
    Settlement("Hopwas", 417590, 304950, 647),
    Settlement("Clifton Campville", 425210, 310840, 634),
    Settlement("Elford", 418950, 310410, 632),
    Settlement("Edingale", 421100, 312170, 632),
    Settlement("Marchington", 413390, 330900, 615),
    Settlement("Bradley", 388010, 317880, 513),
]

#: Places over the border, only for the roads that lead there.
BEYOND = [
    Settlement("Wolverhampton", 391420, 298810, 0),
    Settlement("Walsall", 401250, 298690, 0),
    Settlement("Birmingham", 407570, 286900, 0),
    Settlement("Stourbridge", 390240, 284350, 0),
    Settlement("Kidderminster", 383290, 276690, 0),
    Settlement("Bridgnorth", 371740, 293100, 0),
    Settlement("Telford", 370010, 309020, 0),
    Settlement("Newport", 374530, 319110, 0),
    Settlement("Market Drayton", 367480, 334170, 0),
    Settlement("Nantwich", 365250, 352320, 0),
    Settlement("Crewe", 370570, 355850, 0),
    Settlement("Congleton", 385860, 362900, 0),
    Settlement("Macclesfield", 391760, 373560, 0),
    Settlement("Buxton", 406030, 373560, 0),
    Settlement("Ashbourne", 418080, 346670, 0),
    Settlement("Derby", 435330, 336190, 0),
    Settlement("Ashby", 435670, 316620, 0),
    Settlement("Atherstone", 430800, 297780, 0),
]
