"""What residents photograph: a street as a doorbell sees it, drawn, with nobody in it who could be anybody."""

import io
import random
from datetime import datetime

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from smartalert.clock import LONDON
from smartalert.wording import EXERCISE

SIZE = (960, 640)
HORIZON, KERB = 300, 430
#: Sky, walls, road and figure by day, and by night.
DAY = ("#a9bccb", ("#b08d78", "#9d8a83", "#c2a78c"), "#70757a", "#23272c")
NIGHT = ("#10151f", ("#2c2a2e", "#33302f", "#28292e"), "#1b1e23", "#0a0b0d")
STRIP, AMBER, INK = 44, "#f5a800", "#1c1300"


def drawn(seed: str, at: datetime) -> bytes:
    """A JPEG, the same for the same seed and time; it says EXERCISE, as all that a drill puts out."""
    dice, local = random.Random(seed), at.astimezone(LONDON)  # noqa: S311 - a picture, no secret
    sky, walls, road, figure = NIGHT if local.hour < 7 or local.hour >= 19 else DAY
    image = Image.new("RGB", SIZE, sky)
    pen = ImageDraw.Draw(image)
    left = -dice.randrange(120)
    while left < SIZE[0]:
        width, top = dice.randrange(130, 230), HORIZON - dice.randrange(90, 190)
        _house(
            pen, (left, top, left + width, KERB - 40), dice.choice(walls), lit=sky == NIGHT[0] and dice.random() < 0.4
        )
        left += width + dice.randrange(0, 26)
    pen.rectangle((0, KERB - 40, SIZE[0], SIZE[1]), road)
    pen.rectangle((0, KERB - 8, SIZE[0], KERB + 4), "#8d9196")
    _passer_by(pen, dice.randrange(180, SIZE[0] - 180), figure, tall=dice.randrange(90, 150))
    image = image.filter(ImageFilter.GaussianBlur(2.2))
    _strip(ImageDraw.Draw(image), f"{EXERCISE}   {local:%d %b %Y  %H:%M}   made-up photograph")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=72)
    return out.getvalue()


def _house(pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int], wall: str, *, lit: bool) -> None:
    left, top, right, bottom = box
    pen.polygon([(left - 8, top), ((left + right) / 2, top - 55), (right + 8, top)], "#4a4443")
    pen.rectangle(box, wall)
    for window in (left + 24, right - 60):
        pen.rectangle((window, top + 30, window + 36, top + 76), "#f2d38a" if lit else "#5d6a75")
    pen.rectangle(((left + right) / 2 - 16, bottom - 76, (left + right) / 2 + 16, bottom), "#3a3f45")


def _passer_by(pen: ImageDraw.ImageDraw, x: int, colour: str, *, tall: int) -> None:
    """A shape and no face."""
    foot, wide = KERB + 30, tall // 4
    pen.ellipse((x - wide / 2, foot - tall, x + wide / 2, foot - tall + wide), colour)
    pen.polygon([(x - wide, foot - tall // 3), (x, foot - tall + wide * 0.8), (x + wide, foot - tall // 3)], colour)
    pen.line((x - wide / 2, foot - tall // 3, x - wide, foot), colour, wide // 2)
    pen.line((x + wide / 2, foot - tall // 3, x + wide, foot), colour, wide // 2)


def _strip(pen: ImageDraw.ImageDraw, words: str) -> None:
    pen.rectangle((0, SIZE[1] - STRIP, SIZE[0], SIZE[1]), AMBER)
    pen.text((20, SIZE[1] - STRIP / 2), words, INK, ImageFont.load_default(24), anchor="lm")
