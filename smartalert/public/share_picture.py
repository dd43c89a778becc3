"""What a forwarded link shows before it is opened: the area on its map as a PNG, for programs that draw no SVG."""

import io
import re

from PIL import Image, ImageDraw, ImageFont

from smartalert.alerts.still_map import Picture

#: What link previews are made for, and the strips across it, of which the map keeps clear.
SIZE, BAND = (1_200, 630), 70
#: The map's own frame, and the most streets that it shows.
FRAME = {"width": SIZE[0], "height": SIZE[1] - 2 * BAND, "streets": 1_200}
GROUND, LOCAL, MAIN, AREA, DEEP, AMBER = "#eef1f5", "#bcc7d5", "#8796ab", (20, 87, 200), "#0b2a4a", "#f5a800"


def draw(picture: Picture, words: str, *, exercise: bool) -> bytes:
    """The map, drawn for FRAME, with whose alert it is; in training it says EXERCISE across the top."""
    image = Image.new("RGB", SIZE, GROUND)
    pen = ImageDraw.Draw(image)
    for kind, colour, width in (("local", LOCAL, 5), ("main", MAIN, 10)):
        for street in picture.streets:
            if street.kind == kind:
                for line in lines(street.path):
                    pen.line(line, colour, width, joint="curve")
    shade = Image.new("L", SIZE)
    for ring in lines(picture.outline):
        ImageDraw.Draw(shade).polygon(ring, fill=45)
    image.paste(Image.new("RGB", SIZE, AREA), mask=shade)
    for ring in lines(picture.outline):
        pen.line([*ring, ring[0]], AREA, 8, joint="curve")
    place = (SIZE[0] - 12, SIZE[1] - BAND - 8)
    pen.text(place, picture.attribution, DEEP, ImageFont.load_default(20), "rs", stroke_width=3, stroke_fill=GROUND)
    band(pen, SIZE[1] - BAND, DEEP, "white", words)
    if exercise:
        band(pen, 0, AMBER, "#1c1300", "EXERCISE. This is training. Nothing has happened.")
    else:
        band(pen, 0, DEEP, "white", "")
    out = io.BytesIO()
    image.quantize(128).save(out, "PNG", optimize=True)
    return out.getvalue()


def band(pen: ImageDraw.ImageDraw, top: int, ground: str, ink: str, words: str) -> None:
    """A strip with words in it."""
    pen.rectangle((0, top, SIZE[0], top + BAND), ground)
    pen.text((32, top + BAND / 2), words, ink, ImageFont.load_default(36), anchor="lm")


def lines(path: str) -> list[list[tuple[float, float]]]:
    """The lines of an SVG path as PostGIS writes them (M, L and Z, absolute), in this picture's pixels."""
    found = []
    for part in path.split("M")[1:]:
        # What lies on the edge PostGIS may write as 1e-11.
        numbers = [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", part)]
        points = [(x, y + BAND) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        if len(points) > 1:
            found.append(points)
    return found
