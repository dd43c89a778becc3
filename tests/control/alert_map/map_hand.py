"""An officer's hand on the map in a browser: knows where a place is on the screen."""

import json
import re
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.control.alert_map.street_tiles import tile_of


class MapHand:
    """The alert map of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".am-root[data-ready='1'][data-view]")
        expect(page.locator(".am-root")).to_have_count(1)  # one that goes may still be there
        self.root.wait_for()
        self.canvas = page.locator(".am-map")
        self.readout = page.locator(".am-read")

    def view(self) -> tuple[float, float, float]:
        """Longitude, latitude and zoom of the middle, once the map no longer glides."""
        self.page.wait_for_timeout(60)
        self.root.wait_for()
        lon, lat, zoom = map(float, (self.root.get_attribute("data-view") or "").split(","))
        return lon, lat, zoom

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Pixel of the page at which a place is drawn."""
        middle_lon, middle_lat, zoom = self.view()
        box = self.canvas.bounding_box()
        assert box
        scale = 512 * 2**zoom
        (x, y), (mx, my) = tile_of(lon, lat, 0), tile_of(middle_lon, middle_lat, 0)
        return box["x"] + box["width"] / 2 + (x - mx) * scale, box["y"] + box["height"] / 2 + (y - my) * scale

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press at one place, let go at another."""
        (x1, y1), (x2, y2) = self.at(*start), self.at(*end)
        self.page.mouse.move(x1, y1)
        self.page.mouse.down()
        self.page.mouse.move((x1 + x2) / 2, (y1 + y2) / 2, steps=3)
        self.page.mouse.move(x2, y2, steps=3)
        self.page.mouse.up()

    def swipe(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """The same with a finger; at one place it is a tap."""
        finger = self.page.context.new_cdp_session(self.page)
        (x1, y1), (x2, y2) = self.at(*start), self.at(*end)
        ways = [(x1 + (x2 - x1) * part / 4, y1 + (y2 - y1) * part / 4) for part in range(1, 5)]
        moves = [("touchMove", [{"x": x, "y": y}]) for x, y in ways] if start != end else []
        for kind, points in [("touchStart", [{"x": x1, "y": y1}]), *moves, ("touchEnd", [])]:
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        finger.detach()

    def click(self, lon: float, lat: float) -> None:
        """Press and let go at a place."""
        x, y = self.at(lon, lat)
        self.page.mouse.click(x, y)

    def tool(self, name: str) -> None:
        """Choose a tool by its button."""
        self.button(name).click()
        expect(self.root).to_have_attribute("data-tool", name.lower())

    def button(self, name: str) -> Locator:
        """A button on the map by its name."""
        return self.root.get_by_role("button", name=name, exact=True)

    def press(self, *keys: str) -> None:
        """Keys, with the map focused."""
        self.canvas.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def zoom_in(self, times: int) -> None:
        """By the button, waiting for each glide."""
        before = self.view()[2]
        for _ in range(times):
            self.button("Zoom in").click()
        assert abs(self.view()[2] - before - times) < 0.01

    def shows(self, words: str | re.Pattern[str]) -> None:
        """The readout under the map says this, sooner or later."""
        expect(self.readout).to_contain_text(words)


def python_says(page: Page, words: str | re.Pattern[str]) -> None:
    """The page, as Python wrote it, says this, sooner or later."""
    expect(page.get_by_test_id("stText").filter(has_text=words)).to_be_visible()


def python_corners(page: Page) -> list[tuple[float, float]]:
    """The corners Python heard of last, as longitude and latitude."""
    text = page.get_by_test_id("stText").filter(has_text="Ring").inner_text()
    return [(lon, lat) for lat, lon in json.loads(text.removeprefix("Ring "))]


def python_circle(page: Page) -> Mapping[str, Any]:
    """The circle Python holds."""
    text = page.get_by_test_id("stText").filter(has_text="Area").inner_text()
    circle: Mapping[str, Any] = json.loads(text.split(" street")[0].removeprefix("Area ").replace("'", '"'))
    return circle
