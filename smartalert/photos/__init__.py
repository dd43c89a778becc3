"""Photographs from outside, never kept as they came: what leaves here is a new JPEG that tells its picture only."""

import io
import json
import subprocess
import sys
import threading
from dataclasses import dataclass

from PIL import Image

from smartalert.errors import PhotoRefused
from smartalert.photos import decoding

LARGEST_BYTES = 8_000_000
#: The longer side of what is kept.
LONGEST_SIDE = 2_048
#: The slowest that we accept takes two seconds by itself.
TIME_S = 15.0
#: One at a time in each process of ours, so that the memory they take together is the memory of one.
_decoding = threading.Lock()
#: Why decoding.Refused → as people read it.
REASONS = {
    "pixels": "The photo has too many pixels. Choose a smaller one, or leave it out.",
    "incomplete": "A part of this photo is missing. Choose it again, or another one, or leave it out.",
}


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture, ready to be kept."""

    jpeg: bytes
    width: int
    height: int
    #: Longitude and latitude (EPSG:4326) it says it was taken at; only where that may be kept.
    taken_at: tuple[float, float] | None = None


def read(given: bytes, *, keep_place: bool, longest_side: int = LONGEST_SIDE) -> Photo:
    """Make it anew: upright, at most so many pixels a side, without metadata. Raises PhotoRefused for what is none.

    It is decoded in a process of its own, of bounded memory and time.
    """
    if len(given) > LARGEST_BYTES:
        raise PhotoRefused(f"The photo is larger than {LARGEST_BYTES // 1_000_000} MB. Choose a smaller one.")
    # Isolated, by path and without our environment: no secret is within reach of a stranger's file.
    command = [sys.executable, "-I", decoding.__file__, str(longest_side), str(keep_place)]
    try:
        with _decoding:
            done = subprocess.run(
                command, input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, timeout=TIME_S,
                check=True,
            )  # fmt: skip
    except subprocess.SubprocessError:
        raise PhotoRefused from None
    line, _, jpeg = done.stdout.partition(b"\n")
    facts = json.loads(line)
    if "refused" in facts:
        raise PhotoRefused(REASONS.get(facts["refused"]))
    place = facts["taken_at"]
    return Photo(jpeg, facts["width"], facts["height"], (place[0], place[1]) if place else None)


def written(image: Image.Image) -> Photo:
    """A picture of ours as a JPEG, without any metadata."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=decoding.QUALITY, optimize=True)
    return Photo(out.getvalue(), image.width, image.height)
