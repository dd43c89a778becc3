"""Words that put a response on top of the queue, whatever its writer ticked: danger to life, weapons, crime going on.

The list follows what the NHS and ambulance services call for 999 for, and the police for an immediate response.
A false one costs a look, a missed one may cost a life.
"""

import re
from pathlib import Path

from smartalert import cleaning

LIST = Path(__file__).with_suffix(".txt")
VOCABULARY = [line for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
#: Each in the plural too, and whose it is.
PATTERN = re.compile(rf"\b(?:{'|'.join(VOCABULARY)})s?\b".replace(" ", " ?"))


def spans(text: str) -> list[tuple[int, int]]:
    """Where the urgent words of a text begin and end, in their order."""
    plain = cleaning.plain(text)
    found = map(re.Match.span, PATTERN.finditer(plain.text))
    return [(plain.places[start], plain.places[end - 1] + 1) for start, end in found]


def triggers(text: str) -> list[str]:
    """The urgent words in a text, each once, in their plainest form and in their order."""
    return list(dict.fromkeys(found[0] for found in PATTERN.finditer(cleaning.plain(text).text)))
