"""A short film of the demonstration for a README: one picture a caption, each held as long as it takes to read."""

import io
from pathlib import Path

from PIL import Image

from smartalert.errors import SetupError

#: A README shows no more in width.
WIDTH = 880
COLOURS = 64
#: Milliseconds a picture is held: at least, and for each word of its caption.
LEAST_MS, WORD_MS = 1_600, 130
ENDINGS = (".gif", ".webp")


class Recording:
    """Pictures in their order, written at the end."""

    def __init__(self, file: Path) -> None:
        if file.suffix.lower() not in ENDINGS:
            raise SetupError(f"{file} cannot be recorded: give it the ending {' or '.join(ENDINGS)}.")
        if not file.parent.is_dir():
            raise SetupError(f"There is no folder {file.parent} to record into.")
        self.file = file
        self._pictures: list[Image.Image] = []
        self._held_ms: list[int] = []

    def add(self, png: bytes, words: int) -> None:
        """One more picture, to be held for a caption of so many words."""
        with Image.open(io.BytesIO(png)) as whole:
            height = round(whole.height * WIDTH / whole.width)
            self._pictures.append(whole.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS))
        self._held_ms.append(max(LEAST_MS, WORD_MS * words))

    def write(self) -> None:
        """Write what there is; nothing where nothing was recorded."""
        if not self._pictures:
            return
        pictures = self._pictures
        if self.file.suffix.lower() == ".gif":
            pictures = [one.quantize(COLOURS, dither=Image.Dither.NONE) for one in pictures]
        pictures[0].save(
            self.file, save_all=True, append_images=pictures[1:], duration=self._held_ms, loop=0, quality=60, method=6
        )
