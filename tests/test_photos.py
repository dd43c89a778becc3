"""Photographs from outside: refused in words or made anew as browsers show them, by a process of bounded memory."""

import io
import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageCms, ImageDraw, PngImagePlugin

from smartalert import photos
from smartalert.errors import PhotoRefused
from smartalert.photos import decoding
from tests.waiting import eventually

RED, TEAL = (200, 30, 30), (0, 128, 128)


def encoded(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def shown(given: bytes) -> Image.Image:
    """What becomes of a file."""
    return Image.open(io.BytesIO(photos.read(given, keep_place=False).jpeg))


def assert_looks(image: Image.Image, colour: tuple[int, ...], at: tuple[int, int] | None = None) -> None:
    """JPEG is not exact: within five steps of 255."""
    seen = image.getpixel(at or (image.width // 2, image.height // 2))
    assert isinstance(seen, tuple)
    assert max(abs(one - other) for one, other in zip(seen, colour, strict=True)) <= 5, seen


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    """A PNG written by hand, for what Pillow does not write."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)),
        *extra,
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    ]
    written = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def test_sixteen_bits_of_grey_keep_their_steps() -> None:
    """Looked at by eye, 16-bit grey goes from black to white; Pillow alone cuts it off at 255 of 65,535."""
    ramp = b"".join(b"\0" + b"".join(struct.pack(">H", x * 257) for x in range(256)) for _ in range(64))
    image = shown(png(256, 64, 16, 0, ramp))
    for x in (4, 64, 128, 250):
        assert_looks(image, (x, x, x), (x, 32))
    alpha = b"".join(b"\0" + struct.pack(">HH", 0x8000, 0xFFFF) * 64 for _ in range(64))
    assert_looks(shown(png(64, 64, 16, 4, alpha)), (128, 128, 128))
    colours = b"".join(b"\0" + struct.pack(">HHH", 200 * 257, 30 * 257, 30 * 257) * 64 for _ in range(64))
    assert_looks(shown(png(64, 64, 16, 2, colours)), RED)


def wide() -> bytes:
    """An RGB profile whose red and green are far outside sRGB's: sRGB with its colourants turned about."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {}
    for number in range(struct.unpack(">I", data[128:132])[0]):
        name, start, _ = struct.unpack(">4sII", data[132 + 12 * number : 144 + 12 * number])
        places[name] = start + 8
    red, green = (bytes(data[places[name] : places[name] + 12]) for name in (b"rXYZ", b"gXYZ"))
    data[places[b"rXYZ"] : places[b"rXYZ"] + 12], data[places[b"gXYZ"] : places[b"gXYZ"] + 12] = green, red
    return bytes(data)


def test_sixteen_bits_of_grey_can_be_seen_through() -> None:
    row = b"\0" + struct.pack(">64H", *[7] * 32, *[0x8000] * 32)
    image = shown(png(64, 64, 16, 0, row * 64, (b"tRNS", struct.pack(">H", 7))))
    assert_looks(image, (255,) * 3, (8, 32))
    assert_looks(image, (128,) * 3, (56, 32))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_colours_are_those_that_the_photos_profile_means(form: str) -> None:
    """In a profile where red means green and green red, a green file is a red picture."""
    options = {"quality": 95} if form == "JPEG" else {"lossless": True} if form == "WEBP" else {}
    given = encoded(Image.new("RGB", (64, 64), (30, 200, 30)), form, icc_profile=wide(), **options)
    image = shown(given)
    assert_looks(image, RED)
    assert "icc_profile" not in image.info


def test_a_profile_turns_colours_also_where_one_can_see_through() -> None:
    half = Image.new("RGBA", (64, 64), (30, 200, 30, 255))
    ImageDraw.Draw(half).rectangle((0, 0, 31, 63), fill=(0, 0, 0, 0))
    image = shown(encoded(half, icc_profile=wide()))
    assert_looks(image, RED, (60, 30))
    assert_looks(image, (255, 255, 255), (4, 30))


@pytest.mark.parametrize("profile", [b"no profile", wide()[:200], ImageCms.ImageCmsProfile(
    ImageCms.createProfile("LAB")).tobytes()], ids=["garbage", "cut off", "of another kind"])  # fmt: skip
def test_a_profile_that_is_none_changes_nothing(profile: bytes) -> None:
    assert_looks(shown(encoded(Image.new("RGB", (64, 64), RED), icc_profile=profile)), RED)
    assert_looks(shown(encoded(Image.new("L", (64, 64), 77), icc_profile=profile)), (77, 77, 77))


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA", "L", "RGB", "1"])
def test_what_can_be_seen_through_is_white(mode: str) -> None:
    picture = Image.new("RGBA", (64, 64), (*RED, 255))
    ImageDraw.Draw(picture).rectangle((0, 0, 31, 63), fill=(0, 0, 0, 0))
    if mode == "P":
        indexed = Image.new("P", (64, 64), 1)
        indexed.putpalette([0, 0, 0, *RED])
        ImageDraw.Draw(indexed).rectangle((0, 0, 31, 63), fill=0)
        given = encoded(indexed, transparency=0)
    elif mode in {"L", "RGB", "1"}:
        black: Any = (0, 0, 0) if mode == "RGB" else 0
        flat = Image.new(mode, (64, 64), RED if mode == "RGB" else 1 if mode == "1" else 99)
        ImageDraw.Draw(flat).rectangle((0, 0, 31, 63), fill=black)
        given = encoded(flat, transparency=black)
    else:
        given = encoded(picture.convert(mode))
    assert_looks(shown(given), (255, 255, 255), (4, 30))


def noise(size: tuple[int, int] = (320, 240)) -> Image.Image:
    return Image.effect_noise(size, 60).convert("RGB")


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("share", [0.999, 0.5])
def test_a_jpeg_that_was_cut_off_shows_what_there_is_of_it(progressive: bool, share: float) -> None:
    """As browsers do; a report with half a picture is worth more than none."""
    whole = encoded(noise(), "JPEG", progressive=progressive)
    assert shown(whole[: int(share * len(whole))]).size == (320, 240)
    assert shown(whole[:-2]).size == (320, 240)


def test_a_photo_with_nothing_left_of_it_says_that_a_part_is_missing() -> None:
    jpeg, webp = encoded(noise(), "JPEG"), encoded(noise(), "WEBP")
    for given in (jpeg[: jpeg.index(b"\xff\xda") + 14], webp[: len(webp) // 2]):
        with pytest.raises(PhotoRefused, match="A part of this photo is missing"):
            photos.read(given, keep_place=False)


@pytest.mark.parametrize(
    ("north", "west", "place"),
    [
        ("S", "W", (-2.5, -52.5)),
        ("n", "w", (-2.5, 52.5)),
        ("North", "West", (-2.5, 52.5)),
        (" N", "W\0", (-2.5, 52.5)),
        ("SOUTH", "east", (2.5, -52.5)),
        ("", "W", None),
        ("52", "W", None),
        ("N", "O", None),
        ("N", "N", None),
        ("N", None, None),
    ],
)
def test_a_place_is_on_its_side_of_the_world_or_not_known(
    north: str, west: str | None, place: tuple[float, float] | None
) -> None:
    exif, names = Image.Exif(), ExifTags.GPS
    gps = {names.GPSLatitude: (52.0, 30.0, 0.0), names.GPSLongitude: (2.0, 30.0, 0.0), names.GPSLatitudeRef: north}
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps if west is None else {**gps, names.GPSLongitudeRef: west})
    given = encoded(Image.new("RGB", (64, 64)), "JPEG", exif=exif)
    assert photos.read(given, keep_place=True).taken_at == place
    assert photos.read(given, keep_place=False).taken_at is None


@pytest.mark.parametrize("parts", [(52.0, 75.0, 0.0), (-52.0, 0.0, 0.0), (99.0, 0.0, 0.0), (52.0, 0.0, -1.0)])
def test_a_place_that_cannot_be_is_not_known(parts: tuple[float, float, float]) -> None:
    image = Image.new("RGB", (8, 8))
    gps = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    names = ExifTags.GPS
    gps.update({names.GPSLatitudeRef: "N", names.GPSLatitude: parts})
    gps.update({names.GPSLongitudeRef: "W", names.GPSLongitude: (2.0, 0.0, 0.0)})
    assert decoding.place_of(image) is None


def test_metadata_that_cannot_be_read_costs_nothing_but_itself() -> None:
    given = encoded(Image.new("RGB", (64, 64), TEAL), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(30))
    assert_looks(Image.open(io.BytesIO(photos.read(given, keep_place=True).jpeg)), TEAL)
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "x" * 2_000_000, zip=True)
    assert_looks(shown(encoded(Image.new("RGB", (64, 64), TEAL), pnginfo=words)), TEAL)


def jpeg_that_says(width: int, height: int) -> bytes:
    """A small JPEG whose header has another size written into it."""
    small = bytearray(encoded(Image.new("L", (8, 8)), "JPEG"))
    at = small.index(b"\xff\xc0") + 5
    small[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(small)


def webp_that_says(width: int, height: int) -> bytes:
    """A small lossless WebP whose header has another size written into it."""
    small = bytearray(encoded(Image.new("RGB", (8, 8)), "WEBP", lossless=True))
    at = small.index(b"VP8L") + 9
    small[at : at + 4] = struct.pack("<I", (width - 1) | (height - 1) << 14)
    return bytes(small)


@pytest.mark.parametrize(
    "given",
    [
        png(7_700, 7_700, 8, 2, bytes(7_700 * (3 * 7_700 + 1))),
        png(20_000, 20_000, 1, 0, bytes(10)),
        webp_that_says(16_000, 16_000),
        jpeg_that_says(9_000, 9_000),
        png(60_000, 60_000, 8, 6, bytes(10)),
    ],
    ids=["PNG", "black and white", "WebP", "JPEG", "far too many"],
)
def test_too_many_pixels_are_refused_by_the_header(given: bytes) -> None:
    with pytest.raises(PhotoRefused, match="too many pixels"):
        photos.read(given, keep_place=False)


class Watched:
    """The most memory that processes under this one took together, while it is looked at; MB."""

    def __enter__(self) -> "Watched":
        self.most_mb, self.most_at_once, self._over = 0.0, 0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.005):
            sizes = [size for pid in os.listdir("/proc") if pid.isdigit() and (size := decoder_mb(pid)) is not None]
            self.most_mb, self.most_at_once = max(self.most_mb, sum(sizes)), max(self.most_at_once, len(sizes))


def decoder_mb(pid: str) -> float | None:
    """What a process of ours that decodes a photograph takes; None for every other."""
    try:
        stat, words = (Path("/proc", pid, name).read_bytes() for name in ("statm", "cmdline"))
        parent = int(Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None
    if parent != os.getpid() or b"decoding.py" not in words:
        return None
    return int(stat.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_the_largest_that_is_taken_stays_within_its_memory_however_many_come_at_once() -> None:
    """On what was there before, a file of this size took 884 MB, and twenty at once 4.8 GB."""
    given = encoded(Image.new("RGBA", (6_300, 6_300), (*RED, 128)))
    with Watched() as watched:
        threads = [threading.Thread(target=photos.read, args=(given,), kwargs={"keep_place": False}) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert watched.most_at_once == 1
    assert 100 < watched.most_mb < decoding.MEMORY_BYTES / 1e6


def test_a_file_that_would_take_more_memory_or_time_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    given = encoded(Image.new("RGBA", (6_300, 6_300), (*RED, 128)), "WEBP", lossless=True, method=0)
    monkeypatch.setattr(photos, "TIME_S", 300)
    with pytest.raises(PhotoRefused, match="too many pixels"):
        photos.read(given, keep_place=False)
    monkeypatch.setattr(photos, "TIME_S", 0.05)
    with pytest.raises(PhotoRefused, match="could not read"):
        photos.read(encoded(Image.new("RGB", (3_000, 3_000), RED)), keep_place=False)
    eventually(lambda: not any(decoder_mb(pid) for pid in os.listdir("/proc") if pid.isdigit()))


def test_whatever_reads_a_strangers_file_holds_no_secret_of_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spy = tmp_path / "spy.py"
    spy.write_text("import json, os, sys; print(json.dumps({'refused': ' '.join(os.environ)}))")
    monkeypatch.setenv("SMARTALERT_SECRET_KEY", "only for tests")
    monkeypatch.setattr(decoding, "__file__", str(spy))
    seen: list[object] = []
    monkeypatch.setattr(photos, "REASONS", {})
    monkeypatch.setattr(photos.json, "loads", lambda line: (seen.append(line), {"refused": ""})[1])
    with pytest.raises(PhotoRefused):
        photos.read(b"x", keep_place=False)
    assert seen
    assert b"SECRET" not in seen[0]
