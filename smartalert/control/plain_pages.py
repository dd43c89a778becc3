"""Pages beside Streamlit: plain HTML, from templates that share one head."""

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from smartalert.config import settings


def drawn(template: str, **facts: Any) -> str:
    """The page's HTML; each also knows the mode and the force's name."""
    return templates().get_template(template).render(mode=settings().mode.value, force=settings().force_name, **facts)


@cache
def templates() -> jinja2.Environment:
    """Those of the control room."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
