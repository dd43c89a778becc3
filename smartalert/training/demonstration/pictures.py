"""The two photographs of the story, drawn: of nobody."""

import io

from PIL import Image, ImageDraw, ImageFilter

RED, BLUE = (196, 48, 43), (44, 92, 168)
SKIN, HAIR, GREY, WHITE = (240, 205, 178), (222, 190, 120), (120, 126, 134), (245, 245, 245)


def child(*, coat: tuple[int, int, int], far: bool = False) -> bytes:
    """A child in a coat, as a JPEG; from far, as a doorbell sees her."""
    picture = Image.new("RGB", (900, 700), (176, 205, 226))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 430, 900, 700), fill=(132, 168, 104))
    draw.polygon([(360, 700), (540, 700), (470, 430), (430, 430)], fill=(205, 196, 178))
    scale, (x, y) = (0.45, (620, 330)) if far else (1.0, (330, 90))

    def at(*corners: float) -> tuple[float, ...]:
        return tuple(scale * part + (y if place % 2 else x) for place, part in enumerate(corners))

    draw.ellipse(at(52, 0, 188, 190), fill=HAIR)
    draw.rectangle(at(56, 90, 184, 210), fill=HAIR)
    draw.ellipse(at(72, 26, 168, 150), fill=SKIN)
    draw.polygon(at(60, 170, 180, 170, 225, 400, 15, 400), fill=coat)
    for left in (70, 135):
        draw.rectangle(at(left, 400, left + 36, 510), fill=GREY)
        draw.rectangle(at(left - 6, 510, left + 42, 535), fill=WHITE)
    if far:
        picture = picture.filter(ImageFilter.GaussianBlur(2))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
