"""The circles, streets and outlines that a draft's area is made of: one is drawn at a time, the others stand still."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from smartalert.alerts.checks import Counted, Nowhere
from smartalert.alerts.drafts import Draft
from smartalert.control.send import draft, follow_up, screen
from smartalert.geography.areas import Ground
from smartalert.geography.geo import MAX_PARTS, distance_words

Part = dict[str, Any]


def of(area: Mapping[str, Any] | None) -> list[Part]:
    """The parts of an area, in the order in which they were drawn."""
    if not area:
        return []
    return list(area["parts"]) if isinstance(area.get("parts"), list) else [dict(area)]


def joined(parts: list[Part]) -> Part | None:
    """The parts as one area."""
    return ({"parts": parts} if len(parts) > 1 else parts[0]) if parts else None


def present(area: Mapping[str, Any] | None) -> Part | None:
    """The part that the map, the typed fields and the search change; None while another is being added."""
    parts = of(area)
    return None if screen.current().adding or not parts else parts[_number(parts)]


def put(area: Mapping[str, Any] | None, part: Part | None) -> Part | None:
    """The area with this in the place of the present part, or after all the others; with None, without it."""
    parts = of(area)
    if screen.current().adding or not parts:
        return joined([*parts, part] if part else parts)
    number = _number(parts)
    return joined([*parts[:number], *([part] if part else []), *parts[number + 1 :]])


def _number(parts: list[Part]) -> int:
    return min(screen.current().part, len(parts) - 1)


def add() -> None:
    """Callback: what is drawn next is another area."""
    screen.add_part()


def keep() -> None:
    """Callback: no other area after all."""
    screen.choose_part(len(of(draft.current().content.area)) - 1)


def choose(number: int) -> None:
    """Callback: this part is what the map changes now."""
    screen.choose_part(number)


def choose_number(number: int) -> None:
    """The map's callback: of several areas the one with this number was clicked."""
    if 1 <= number <= len(of(draft.current().content.area)):
        choose(number - 1)


def remove(number: int) -> None:
    """Callback: the area without this part."""
    parts = of(draft.current().content.area)
    area = joined([*parts[:number], *parts[number + 1 :]])
    draft.move(area)
    screen.choose_part(max(0, len(parts) - 2))
    screen.area_changed(area, None, typed=False)


def others(area: Mapping[str, Any] | None, counted: Counted | Nowhere) -> list[dict[str, Any]]:
    """The parts that stand still, as the map draws them: each its number and its outline."""
    parts = of(area)
    grounds = grounds_of(counted)
    if len(grounds) != len(parts):
        return []
    still = None if screen.current().adding or not parts else _number(parts)
    return [{"number": n + 1, "outline": one.outline} for n, one in enumerate(grounds) if n != still]


def ground_of_present(area: Mapping[str, Any] | None, counted: Counted | Nowhere) -> Ground | None:
    """The present part as it was found on the ground; None where it was not, or where none is present."""
    parts, grounds = of(area), grounds_of(counted)
    return None if present(area) is None or len(grounds) != len(parts) else grounds[_number(parts)]


def grounds_of(counted: Counted | Nowhere) -> tuple[Ground, ...]:
    """Each part as it was found on the ground."""
    return () if isinstance(counted, Nowhere) else counted.ground.parts or (counted.ground,)


def listed(content: Draft, counted: Counted | Nowhere) -> None:
    """The list of several areas: what each is, a press that makes it the one the map changes, one that removes it."""
    parts = of(content.area)
    if len(parts) < 2 or follow_up.is_fixed(content):
        return
    grounds = grounds_of(counted)
    chosen = None if screen.current().adding else _number(parts)
    with st.container(key="area-parts", horizontal=True, gap="small"):
        for number, part in enumerate(parts):
            said = grounds[number].text if len(grounds) == len(parts) else words(part)
            with st.container(key=f"area-part-{number}", horizontal=True, gap=None, vertical_alignment="center"):
                st.button(
                    f"**{number + 1}** {said}", key=f"send:part-{number}", type="tertiary", on_click=choose,
                    args=(number,), icon=":material/edit_location:" if number == chosen else None,
                )  # fmt: skip
                st.button(
                    f"Remove {number + 1}", key=f"send:part-remove-{number}", type="tertiary", on_click=remove,
                    args=(number,), icon=":material/close:",
                )  # fmt: skip


def adder(content: Draft) -> None:
    """The button after an area is drawn: what is drawn next joins it."""
    parts = of(content.area)
    if not parts or follow_up.is_fixed(content):
        return
    if screen.current().adding:
        st.button("Do not add", key="send:part-keep", on_click=keep, icon=":material/undo:")
    elif len(parts) < MAX_PARTS:
        st.button("Add another area", key="send:part-add", on_click=add, icon=":material/add_location_alt:")


def words(part: Part) -> str:
    """A part in words, wherever it may lie."""
    if "corners" in part:
        return f"Outline with {len(part['corners'])} corners"
    if "street_id" in part:
        what = "Stretch of a street" if part.get("ends") else "Street"
        return f"{what}, {distance_words(part['buffer_m'])} either side"
    return f"Circle of {distance_words(part['radius_m'])}" if "radius_m" in part else "Neighbourhood"
