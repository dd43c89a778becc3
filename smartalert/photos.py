"""Photographs from outside, never kept as they came: what leaves here is a new JPEG that tells its picture only."""

import io
import threading
import warnings
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageOps

from smartalert.errors import PhotoRefused

LARGEST_BYTES = 8_000_000
#: What a phone's best camera takes; a small file may claim to be far larger, and would fill the memory.
MOST_PIXELS = 60_000_000
#: The longer side of what is kept.
LONGEST_SIDE = 2_048
QUALITY = 82
#: What the first bytes must really be.
FORMATS = ("JPEG", "PNG", "WEBP")
#: Each picture being decoded takes up to 180 MB.
_decoding = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture, ready to be kept."""

    jpeg: bytes
    width: int
    height: int
    #: Longitude and latitude (EPSG:4326) it says it was taken at; only where that may be kept.
    taken_at: tuple[float, float] | None = None


def read(given: bytes, *, keep_place: bool, longest_side: int = LONGEST_SIDE) -> Photo:
    """Make it anew: upright, at most so many pixels a side, without metadata. Raises PhotoRefused for what is none."""
    if len(given) > LARGEST_BYTES:
        raise PhotoRefused(f"The photo is larger than {LARGEST_BYTES // 1_000_000} MB. Choose a smaller one.")
    try:
        with _decoding, warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _read(given, keep_place, longest_side)
    except PhotoRefused:
        raise
    except Exception:  # decoders of three formats, fed by strangers, fail in every way there is
        raise PhotoRefused from None


def _read(given: bytes, keep_place: bool, longest_side: int) -> Photo:
    with Image.open(io.BytesIO(given), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise PhotoRefused("The photo has too many pixels. Choose a smaller one.")
        taken_at = place_of(image) if keep_place else None
        image.draft("RGB", (longest_side, longest_side))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((longest_side, longest_side))
        clean = Image.new("RGB", upright.size, "white")
        clean.paste(upright, mask=upright.getchannel("A") if upright.mode in {"RGBA", "LA"} else None)
    return written(clean, taken_at)


def written(image: Image.Image, taken_at: tuple[float, float] | None = None) -> Photo:
    """A picture of ours as a JPEG, without any metadata."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Photo(out.getvalue(), image.width, image.height, taken_at)


def place_of(image: Image.Image) -> tuple[float, float] | None:
    """Longitude and latitude in a photo's metadata, if they are there and make sense."""
    gps = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef] == "S")
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef] == "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        return None
    return (lon, lat) if -90 <= lat <= 90 and -180 <= lon <= 180 and (lat, lon) != (0, 0) else None


def _degrees(parts: tuple[float, float, float], negative: bool) -> float:
    degrees = float(parts[0]) + float(parts[1]) / 60 + float(parts[2]) / 3_600
    return -degrees if negative else degrees
