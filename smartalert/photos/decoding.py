"""Decodes one photograph, as a program of its own: it may fill its own memory and time, and nobody else's.

Takes the file on stdin. Writes one line of JSON, the facts or why it is refused, then the new JPEG. `photos.read`
starts it without our environment, so it holds no secret; it imports nothing of ours.
"""

import io
import json
import os
import resource
import sys
from typing import Any

# All three plugins by name: left to itself Pillow would load sixty formats to look for the third.
from PIL import ExifTags, Image, ImageCms, ImageFile, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

#: What the first bytes must really be.
FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
)
#: The most pixels of a JPEG, which is decoded at the size it is wanted in; and of the others, which are not.
MOST_PIXELS_JPEG, MOST_PIXELS = 60_000_000, 40_000_000
#: All this process may take. What we accept stays below it, but for rare kinds of JPEG, which are refused.
MEMORY_BYTES, CPU_S = 700_000_000, 10
QUALITY = 82
GREY = ("1", "L", "LA", "I", "I;16", "I;16B")
#: Colour space of an ICC profile → the mode that its pictures have here.
MODE_OF = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


class Refused(Exception):
    """Why, in the words that photos.REASONS knows."""


def main() -> None:
    """Bounds first: nothing of the file is looked at before."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
    longest_side, keep_place = int(sys.argv[1]), sys.argv[2] == "True"
    try:
        facts, jpeg = made_anew(sys.stdin.buffer.read(), longest_side, keep_place=keep_place)
    except Refused as refused:
        facts, jpeg = {"refused": str(refused)}, b""
    except MemoryError:
        facts, jpeg = {"refused": "pixels"}, b""
    except Exception:  # decoders of three formats, fed by strangers, fail in every way there is
        facts, jpeg = {"refused": ""}, b""
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + jpeg)


def made_anew(given: bytes, longest_side: int, *, keep_place: bool) -> tuple[dict[str, Any], bytes]:
    """The picture upright, in sRGB on white, without metadata; raises Refused."""
    image = loaded(given, longest_side)
    taken_at = place_of(image) if keep_place else None
    clean = on_white(in_srgb(image, shrunk(image, longest_side)))
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return {"width": clean.width, "height": clean.height, "taken_at": taken_at}, out.getvalue()


def loaded(given: bytes, longest_side: int) -> Image.Image:
    """The picture decoded, a JPEG at no more than it needs; raises Refused. One that was cut off shows what there is
    of it, as it does in browsers."""
    is_webp = given[:4] == b"RIFF" and given[8:12] == b"WEBP"
    if is_webp and webp_pixels(given) > MOST_PIXELS:
        raise Refused("pixels")  # Pillow takes the memory for a WebP as it opens it
    try:
        image = opened(given, longest_side)
        image.load()
    except (OSError, ValueError) as error:  # cut off, or with more words in it than Pillow takes
        if is_webp and int.from_bytes(given[4:8], "little") > len(given) - 8:
            raise Refused("incomplete") from None
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        image = opened(given, longest_side)
        image.load()
        if isinstance(error, OSError) and is_empty(image):
            raise Refused("incomplete") from None
    return image


def opened(given: bytes, longest_side: int) -> ImageFile.ImageFile:
    """The picture as its header has it; raises Refused before anything is decoded."""
    Image.MAX_IMAGE_PIXELS = None  # the bounds are ours
    image = Image.open(io.BytesIO(given), formats=FORMATS)
    is_jpeg = isinstance(image, JpegImagePlugin.JpegImageFile)
    if image.width * image.height > (MOST_PIXELS_JPEG if is_jpeg else MOST_PIXELS):
        raise Refused("pixels")
    image.draft(None, (longest_side, longest_side))
    return image


def webp_pixels(given: bytes) -> int:
    """How many pixels the header of a WebP claims (RFC 9649)."""
    if given[12:16] == b"VP8X":
        return (int.from_bytes(given[24:27], "little") + 1) * (int.from_bytes(given[27:30], "little") + 1)
    if given[12:16] == b"VP8L":
        sides = int.from_bytes(given[21:25], "little")
        return ((sides & 0x3FFF) + 1) * ((sides >> 14 & 0x3FFF) + 1)
    return (int.from_bytes(given[26:28], "little") & 0x3FFF) * (int.from_bytes(given[28:30], "little") & 0x3FFF)


def is_empty(image: Image.Image) -> bool:
    """Whether nothing can be seen on a picture that was cut off: decoders fill what they miss with one colour."""
    darkest, brightest = image.convert("L").resize((16, 16), Image.Resampling.BOX).getextrema()
    return float(brightest) - float(darkest) < 16  # type: ignore[arg-type]


def shrunk(image: Image.Image, longest_side: int) -> Image.Image:
    """A small one, upright, of a kind that scales well."""
    if image.mode.startswith("I"):
        image = eight_bits(image)
    elif image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in {"L", "RGB", "CMYK"}:
        image = image.convert("RGB")
    else:
        image = image.copy() if image.readonly else image
    image.thumbnail((longest_side, longest_side))
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # metadata that cannot be read turns nothing
        return image


def eight_bits(image: Image.Image) -> Image.Image:
    """16 bits of grey, of which Pillow cuts off what is above 255; what can be seen through stays so."""
    grey = image.point(lambda value: value * (1 / 256)).convert("L")
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return grey
    grey.putalpha(image.convert("I").point([255 * (value != clear) for value in range(65_536)], "L"))
    return grey.convert("RGBA")


def in_srgb(original: Image.Image, image: Image.Image) -> Image.Image:
    """The colours that the picture's profile means, for screens that know none; without one, or with a wrong one, as
    they are."""
    given = original.info.get("icc_profile")
    if not given:
        return image
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(given))
        mode = MODE_OF.get(profile.profile.xcolor_space.strip(), "")
        is_for_it = original.mode in GREY if mode == "L" else original.mode not in GREY
        if not is_for_it or (mode == "CMYK") != (original.mode == "CMYK"):
            return image
        bare = image.convert(mode)
        shown = ImageCms.profileToProfile(bare, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    if shown is None:
        return image
    if image.mode == "RGBA":
        shown.putalpha(image.getchannel("A"))
    return shown


def on_white(image: Image.Image) -> Image.Image:
    """What can be seen through is white."""
    clean = Image.new("RGB", image.size, "white")
    clean.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return clean


def place_of(image: Image.Image) -> tuple[float, float] | None:
    """Longitude and latitude (EPSG:4326) in a photo's metadata, if they are there and make sense."""
    names = ExifTags.GPS
    try:
        gps = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        lat = degrees(gps[names.GPSLatitude], gps[names.GPSLatitudeRef], "NS")
        lon = degrees(gps[names.GPSLongitude], gps[names.GPSLongitudeRef], "EW")
    except Exception:  # whatever cameras and editors write there, the picture is still one
        return None
    return (lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0, 0) else None


def degrees(parts: tuple[float, float, float], side: str | bytes, sides: str) -> float:
    """Degrees, minutes and seconds as one number, negative on the second of two sides. Raises ValueError for a side
    that is neither: a place is rather not known than on the wrong side of the world."""
    word = side.decode("ascii") if isinstance(side, bytes) else side
    number = sides.index(word.strip("\0 \t\r\n")[:1].upper() or "?")
    whole, minutes, seconds = (float(part) for part in parts)
    if not (whole >= 0 and 0 <= minutes < 60 and 0 <= seconds < 60):
        raise ValueError
    return (whole + minutes / 60 + seconds / 3_600) * (-1 if number else 1)


if __name__ == "__main__":
    main()
