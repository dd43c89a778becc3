"""The alert map in a real browser: drawing, picking, keys, limits, and what it must never do."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Chromium, Tab
from tests.control.alert_map.map_hand import MapHand, python_circle, python_corners, python_says
from tests.control.alert_map.street_tiles import place, town
from tests.waiting import eventually

VIEWPORT = (1100, 700)
#: The circle's length is seen, and meets neither the tools nor the view's buttons.
APART = """root => {
  const [pill, ...controls] = [".am-pill", ".am-tools", ".am-zoom"].map(
    it => root.querySelector(it).getBoundingClientRect());
  return pill.width > 0 && controls.every(it => pill.right <= it.left || pill.left >= it.right
    || pill.bottom <= it.top || pill.top >= it.bottom);
}"""


@pytest.fixture(scope="module")
def tab(map_page: str, chromium: Chromium) -> Iterator[Tab]:
    """One page for all tests: opening Streamlit anew takes longer than most of them."""
    with chromium(viewport=VIEWPORT) as tab:
        tab.page.goto(map_page)
        MapHand(tab.page)
        yield tab


@pytest.fixture
def kind() -> str:
    """What Python does with the map: nothing special."""
    return ""


@pytest.fixture
def hand(tab: Tab, kind: str) -> Iterator[MapHand]:
    """A hand on a map nobody has touched; at its end nothing may have been asked of the internet, nor gone wrong."""
    tab.page.mouse.up()
    visit = int(tab.page.get_by_test_id("stText").filter(has_text="of visit").inner_text().split()[-1])
    _ask_for(tab.page, kind)
    caption = tab.page.locator(".am-caption", has_text=f"Fictional county {visit + 1}")
    expect(caption).to_be_visible()
    hand = MapHand(tab.page)
    hand.press("0", "c")
    hand.zoom_in(2)
    yield hand
    assert tab.external == []
    assert tab.errors == []


def _ask_for(page: Page, kind: str) -> None:
    field = page.get_by_label("Kind of map")
    if field.input_value() == kind:
        page.get_by_role("button", name="Start again").click()
    else:
        field.fill(kind)
        field.press("Enter")


def test_a_circle_is_drawn_from_its_middle_outwards_and_python_hears_it(hand: MapHand) -> None:
    hand.drag(place(0, 0), place(600, 0))
    python_says(hand.page, "Heard drawn")
    circle = python_circle(hand.page)
    assert circle["radius_m"] == pytest.approx(600, abs=10)
    assert (circle["lon"], circle["lat"]) == pytest.approx(place(0, 0), abs=0.0002)
    hand.shows(f"Circle · {circle['radius_m']} m")
    expect(hand.root.locator(".am-pill")).to_have_text(f"{circle['radius_m']} m")


def test_the_handle_resizes_and_the_middle_moves_the_circle(hand: MapHand) -> None:
    hand.drag(place(0, 0), place(500, 0))
    python_says(hand.page, "Heard drawn")
    hand.drag(place(500, 0), place(900, 0))
    python_says(hand.page, re.compile(r"radius_m': (89|90|91)\d"))
    hand.tool("Pan")
    hand.drag(place(0, 0), place(-400, 300))
    python_says(hand.page, "Runs 4")
    circle = python_circle(hand.page)
    assert circle["radius_m"] == pytest.approx(900, abs=15)
    assert (circle["lon"], circle["lat"]) == pytest.approx(place(-400, 300), abs=0.0002)


def test_the_length_written_beside_a_circle_lies_on_no_control(hand: MapHand) -> None:
    box, zoom = hand.canvas.bounding_box(), hand.root.locator(".am-zoom").bounding_box()
    assert box
    assert zoom
    hand.page.mouse.move(box["x"] + box["width"] / 2, zoom["y"] + 60)
    hand.page.mouse.down()
    for left, top in ((20, 60), (5, 5), (-10, 100), (-30, zoom["height"] - 2)):  # beside the zoom, and under it
        hand.page.mouse.move(zoom["x"] - left, zoom["y"] + top, steps=2)
        eventually(lambda: hand.root.evaluate(APART))
    hand.page.mouse.up()
    python_says(hand.page, "Heard drawn")


def test_the_radius_stops_at_its_limits(hand: MapHand) -> None:
    hand.button("Zoom out").click()
    hand.drag(place(-2_000, 0), place(2_500, 0))
    python_says(hand.page, "'radius_m': 3000")
    hand.shows("3 km · largest")
    hand.zoom_in(3)
    hand.drag(place(0, 0), place(25, 0))
    python_says(hand.page, "'radius_m': 50")
    hand.shows("50 m · smallest")


def test_a_click_places_a_circle_of_the_usual_size_and_clear_removes_it(hand: MapHand) -> None:
    hand.click(*place(300, 200))
    python_says(hand.page, "'radius_m': 500")
    hand.button("Clear").click()
    python_says(hand.page, "Area None street None")
    hand.shows("Drag from the middle")
    expect(hand.button("Clear")).to_be_disabled()


def test_a_street_is_picked_by_a_click_near_it(hand: MapHand) -> None:
    hand.tool("Street")
    larch = next(street for street in town() if street.name == "Larch Road")
    hand.click(*larch.line[22])
    python_says(hand.page, "Heard picked Larch Road")
    hand.shows("60 m either side")
    hand.press("0")
    hand.click(*place(-3_000, 2_500))
    expect(hand.root.locator(".am-notice")).to_contain_text("No street there")


def test_a_new_circle_takes_the_place_of_a_street(hand: MapHand) -> None:
    hand.tool("Street")
    hand.click(*place(420, 430))
    python_says(hand.page, "Heard picked")
    hand.tool("Circle")
    hand.drag(place(0, 0), place(300, 0))
    python_says(hand.page, "street None")
    hand.shows("Circle · ")


def test_a_circle_by_keyboard_alone(hand: MapHand) -> None:
    hand.press("ArrowRight", "ArrowUp", "c", "Enter")
    python_says(hand.page, "'radius_m': 500")
    expect(hand.root.locator(".am-cross")).to_be_visible()
    hand.press("]", "]", "[", "]")
    python_says(hand.page, "'radius_m': 600")
    before = python_circle(hand.page)
    hand.press("Shift+ArrowLeft")
    expect(hand.page.get_by_text(f"'lon': {before['lon']}")).to_have_count(0)
    assert python_circle(hand.page)["lon"] < before["lon"]


def test_a_street_by_keyboard_alone(hand: MapHand) -> None:
    hand.press("s", "+", "ArrowLeft")
    expect(hand.root.locator(".am-tip")).to_be_visible()
    hand.page.wait_for_timeout(1_500)  # streets that come last may lie nearer
    nearest = hand.root.locator(".am-tip").inner_text()
    hand.shows(f"At the cross: {nearest}")
    hand.press("Enter")
    python_says(hand.page, f"Heard picked {nearest}")


@pytest.mark.parametrize("closing", ["first corner", "double press"])
def test_an_outline_is_drawn_corner_by_corner(hand: MapHand, closing: str) -> None:
    hand.tool("Outline")
    for corner in [(-300, -300), (300, -300), (800, 900), (300, 300)]:
        hand.click(*place(*corner))
    hand.shows("4 corners.")
    hand.button("Take the last corner back").click()
    hand.shows("3 corners.")
    if closing == "first corner":
        hand.click(*place(-300, -300))
        python_says(hand.page, "Heard outlined 3 corners")
    else:
        x, y = hand.at(*place(0, 600))
        hand.page.mouse.dblclick(x, y)
        python_says(hand.page, "Heard outlined 4 corners")
    hand.shows("The marked area")
    said = hand.page.get_by_test_id("stText").filter(has_text="Heard").inner_text()
    lat, lon = map(float, re.findall(r"-?\d+\.\d+", said)[:2])
    assert (lon, lat) == pytest.approx(place(-300, -300), abs=0.0002)
    hand.page.get_by_role("button", name="Another").click()
    hand.shows("The next area.")
    hand.button("Clear").click(force=True)
    hand.tool("Circle")
    hand.drag(place(600, 0), place(900, 0))
    python_says(hand.page, "Heard drawn")


SQUARE = [(-400, -300), (400, -300), (400, 300), (-400, 300)]


def outlined(hand: MapHand) -> None:
    """A square is drawn and Python has it."""
    hand.tool("Outline")
    for corner in [*SQUARE, SQUARE[0]]:
        hand.click(*place(*corner))
    has_corners(hand, SQUARE)


def has_corners(hand: MapHand, corners: list[tuple[float, float]]) -> None:
    """Python hears of these corners, in metres, sooner or later."""
    wanted = [pytest.approx(place(*corner), abs=0.0002) for corner in corners]
    eventually(lambda: python_corners(hand.page) == wanted)


@pytest.mark.parametrize("by", ["mouse", "finger"])
def test_corners_of_an_outline_are_dragged_added_removed_and_put_back_by_hand(hand: MapHand, by: str) -> None:
    outlined(hand)
    move = hand.drag if by == "mouse" else hand.swipe
    tap = hand.click if by == "mouse" else lambda lon, lat: hand.swipe((lon, lat), (lon, lat))
    move(place(400, 300), place(600, 500))
    moved = [*SQUARE[:2], (600, 500), SQUARE[3]]
    has_corners(hand, moved)
    hand.shows("Corner 3 of 4")
    move(place(0, -300), place(0, -600))
    has_corners(hand, [SQUARE[0], (0, -600), *moved[1:]])
    hand.tool("Circle")
    tap(*place(-400, -300))
    hand.shows("Corner 1 of 5")
    hand.button("Remove this corner").click()
    less = [(0, -600), *moved[1:]]
    has_corners(hand, less)
    for before in ([SQUARE[0], *less], moved, SQUARE):
        hand.button("Undo the last change of the outline").click()
        has_corners(hand, before)
    expect(hand.button("Undo the last change of the outline")).to_be_hidden()
    hand.drag(place(0, 0), place(200, 0))  # the circle takes its place
    python_says(hand.page, "Heard drawn")
    expect(hand.button("Remove this corner")).to_be_hidden()


def test_corners_of_an_outline_by_keyboard_alone(hand: MapHand) -> None:
    outlined(hand)
    hand.press("n", "n", "N", "N")
    hand.shows("Corner 4 of 4")
    hand.press("n", "n", "i")
    hand.shows("Corner 3 of 5")
    has_corners(hand, [*SQUARE[:2], (400, 0), *SQUARE[2:]])
    hand.press("Shift+ArrowRight")
    eventually(lambda: python_corners(hand.page)[2][0] > place(410, 0)[0])
    hand.press("Backspace")
    has_corners(hand, [*SQUARE[:2], (400, 0), *SQUARE[2:]])
    hand.press("N", "Delete")
    has_corners(hand, [*SQUARE[:2], (400, 0), SQUARE[2]])
    hand.press("Delete")
    has_corners(hand, [*SQUARE[:2], (400, 0)])
    hand.press("Delete")
    expect(hand.root.locator(".am-notice")).to_contain_text("at least 3 corners")
    for before in ([*SQUARE[:2], (400, 0), SQUARE[2]], [*SQUARE[:2], (400, 0), *SQUARE[2:]], SQUARE):
        hand.press("Backspace")
        has_corners(hand, before)
    hand.press("n", "Escape")
    hand.shows("The marked area")


@pytest.mark.parametrize(
    ("tool", "at"), [("Circle", (0, 0)), ("Outline", (0, -300)), ("Pan", (0, 0)), ("Street", (0, 0))]
)
def test_of_several_areas_a_click_inside_one_or_on_its_line_chooses_it(
    hand: MapHand, tool: str, at: tuple[int, int]
) -> None:
    hand.page.get_by_role("button", name="Marked", exact=True).click()
    hand.shows("The marked area")
    hand.page.get_by_role("button", name="Another").click()
    hand.shows("The next area.")
    hand.click(*place(200, 0))  # the next one may lie on the first
    python_says(hand.page, "Heard drawn")
    hand.click(*place(650, 0))  # inside what is drawn now, beside the first: another circle there
    hand.shows("Circle · 500 m around")
    hand.tool(tool)
    hand.page.mouse.move(*hand.at(*place(*at)))
    expect(hand.root.locator(".am-tip")).to_have_text("Area 1: click to change it")
    view = hand.view()
    hand.click(*place(*at))
    python_says(hand.page, "Heard chosen 1")
    hand.shows("The marked area")
    assert hand.view() == view
    hand.drag(place(-400, -300), place(-600, -500))
    has_corners(hand, [(-600, -500), *SQUARE[1:]])
    expect(hand.root.locator(".am-tip")).to_be_hidden()


def test_a_drag_over_another_area_draws_as_it_does_anywhere(hand: MapHand) -> None:
    hand.page.get_by_role("button", name="Marked", exact=True).click()
    hand.shows("The marked area")
    hand.page.get_by_role("button", name="Another").click()
    hand.drag(place(900, 0), place(1_100, 0))
    python_says(hand.page, "Heard drawn")
    hand.drag(place(0, 0), place(300, 0))
    hand.shows("Circle · 300 m")
    python_says(hand.page, re.compile(r"radius_m': (29|30|31)\d"))


@pytest.mark.parametrize("kind", ["refusing"])
def test_corners_that_python_refuses_are_as_they_were(hand: MapHand) -> None:
    hand.page.get_by_role("button", name="Marked", exact=True).click()
    hand.shows("The marked area")
    hand.tool("Outline")
    hand.drag(place(400, 300), place(-800, -500))
    python_says(hand.page, "Heard outlined 4 corners")
    hand.page.wait_for_timeout(200)
    hand.drag(place(400, 300), place(500, 400))
    has_corners(hand, [*SQUARE[:2], (500, 400), SQUARE[3]])
    expect(hand.button("Undo the last change of the outline")).to_be_hidden()


def test_the_ends_of_a_stretch_move_along_its_street_by_hand_and_by_keyboard(hand: MapHand) -> None:
    hand.page.get_by_role("button", name="Narrowed", exact=True).click()
    hand.shows("Long Road")
    hand.tool("Street")
    hand.drag(place(300, 0), place(700, 250))
    has_corners(hand, [(-300, 0), (700, 0)])
    hand.shows("End 2 of 2")
    expect(hand.button("Remove this corner")).to_be_hidden()
    hand.press("n", "Delete", "i", "Shift+ArrowLeft")
    hand.shows("End 1 of 2")
    eventually(lambda: python_corners(hand.page)[0][0] < place(-310, 0)[0])
    assert python_corners(hand.page)[0][1] == pytest.approx(place(0, 0)[1], abs=1e-5)
    for before in ([(-300, 0), (700, 0)], [(-300, 0), (300, 0)]):
        hand.button("Undo the last change of the stretch").click()
        has_corners(hand, before)


def test_a_drag_of_a_corner_is_given_up_by_escape(hand: MapHand) -> None:
    outlined(hand)
    runs = hand.page.get_by_test_id("stText").filter(has_text="Runs").inner_text()
    hand.page.mouse.move(*hand.at(*place(400, 0)))
    hand.page.mouse.down()
    hand.page.mouse.move(*hand.at(*place(900, 0)), steps=3)
    hand.press("Escape")
    hand.page.mouse.up()
    hand.shows("The marked area")
    assert hand.page.get_by_test_id("stText").filter(has_text="Runs").inner_text() == runs


def test_an_outline_by_keyboard_alone(hand: MapHand) -> None:
    hand.press("o", "Enter", "ArrowRight", "Enter", "ArrowRight", "Enter", "Backspace", "ArrowUp", "Enter")
    hand.shows("3 corners.")
    hand.press("Enter")
    python_says(hand.page, "Heard outlined 3 corners")
    hand.press("o", "Enter", "ArrowRight", "Enter", "Escape")
    hand.shows("The marked area")
    hand.press("Enter", "Enter")
    expect(hand.root.locator(".am-notice")).to_contain_text("at least 3 corners")
    hand.zoom_in(2)
    hand.page.wait_for_timeout(300)  # streets of the closer view come
    expect(hand.root.locator(".am-notice")).to_contain_text("at least 3 corners")


@pytest.mark.parametrize("kind", ["refusing"])
def test_an_outline_that_python_refuses_leaves_the_map(hand: MapHand) -> None:
    hand.press("o", "Enter", "ArrowRight", "Enter", "ArrowUp", "Enter", "Enter")
    python_says(hand.page, "Heard outlined")
    hand.shows("Enter places the first corner")


def test_escape_gives_up_a_drag_and_tells_python_nothing(hand: MapHand) -> None:
    hand.drag(place(0, 0), place(300, 0))
    python_says(hand.page, "Runs 2")
    before = python_circle(hand.page)
    hand.page.mouse.move(*hand.at(*place(-600, -300)))
    hand.page.mouse.down()
    hand.page.mouse.move(*hand.at(*place(-100, -300)), steps=4)
    hand.press("Escape")
    hand.page.mouse.up()
    hand.shows(f"Circle · {before['radius_m']} m")
    assert python_circle(hand.page) == before


def test_typed_values_move_the_circle_and_an_area_out_of_sight_is_brought_into_view(hand: MapHand) -> None:
    lon, lat = place(0, 0)
    hand.page.get_by_label("Latitude").fill(str(lat))
    hand.page.get_by_label("Longitude").fill(str(lon))
    hand.page.get_by_label("Radius").fill("750")
    hand.page.get_by_label("Radius").press("Enter")
    hand.shows("Circle · 750 m")
    view = hand.view()
    hand.page.get_by_label("Radius").fill("800")
    hand.page.get_by_label("Radius").press("Enter")
    hand.shows("Circle · 800 m")
    assert hand.view() == view
    hand.page.get_by_label("Longitude").fill(str(place(-5_500, 0)[0]))
    hand.page.get_by_label("Longitude").press("Enter")
    hand.shows("−2.19883")
    assert hand.view()[0] == pytest.approx(place(-5_500, 0)[0], abs=0.001)


def frames(hand: MapHand) -> int:
    """How often the map was drawn since this was asked first; what is under way has a moment to come."""
    hand.page.wait_for_timeout(250)
    count: int = hand.canvas.locator(":scope > canvas").evaluate("""canvas => {
      const gl = canvas.getContext('webgl2');
      if (gl.frames === undefined) {
        const clear = gl.clear;
        Object.assign(gl, {frames: 0, clear(mask) { this.frames++; return clear.call(this, mask); }});
      }
      return gl.frames;
    }""")
    return count


#: How many frames the page asks for in half a second.
ASKED = """async () => {
  const own = requestAnimationFrame;
  let asked = 0;
  window.requestAnimationFrame = draw => (asked++, own(draw));
  await new Promise(done => setTimeout(done, 500));
  window.requestAnimationFrame = own;
  return asked;
}"""


def test_a_rerun_keeps_zoom_tool_and_a_drag_in_progress_and_draws_no_map_that_is_unchanged(hand: MapHand) -> None:
    hand.tool("Street")
    eventually(lambda: hand.page.evaluate(ASKED) < 10)  # at rest it looks ten times a second, not sixty
    view, drawn = hand.view(), frames(hand)
    hand.page.get_by_role("button", name="Again", exact=True).click()
    python_says(hand.page, "Runs 2")
    assert (hand.view(), frames(hand)) == (view, drawn)
    expect(hand.root).to_have_attribute("data-tool", "street")
    hand.tool("Circle")
    tiles: list[str] = []
    hand.page.on("request", lambda request: tiles.append(request.url) if ".mvt" in request.url else None)
    hand.page.mouse.move(*hand.at(*place(0, 0)))
    hand.page.mouse.down()
    hand.page.mouse.move(*hand.at(*place(400, 0)), steps=3)
    hand.page.get_by_role("button", name="Again", exact=True).dispatch_event("click")
    python_says(hand.page, "Runs 3")
    hand.shows(re.compile(r"Circle · (39|40)\d m"))
    hand.page.mouse.up()
    python_says(hand.page, "Heard drawn")
    assert python_circle(hand.page)["radius_m"] == pytest.approx(400, abs=10)
    assert frames(hand) > drawn
    assert tiles == []


def test_drawing_in_a_fragment_reruns_that_fragment_only(hand: MapHand) -> None:
    hand.drag(place(0, 0), place(300, 0))
    python_says(hand.page, "Heard drawn")
    python_says(hand.page, "Pages 1")


@pytest.mark.parametrize("kind", ["refusing"])
def test_what_python_refuses_leaves_the_map(hand: MapHand) -> None:
    hand.click(*place(0, 0))
    python_says(hand.page, "Heard drawn")
    hand.shows("Drag from the middle")


@pytest.mark.parametrize("kind", ["read only"])
def test_a_read_only_map_shows_no_tools_and_draws_nothing(hand: MapHand) -> None:
    expect(hand.root.get_by_role("toolbar")).to_be_hidden()
    hand.drag(place(0, 0), place(600, 0))
    hand.press("c", "Enter")
    hand.page.get_by_role("button", name="Again", exact=True).click()
    python_says(hand.page, "Runs 2")
    python_says(hand.page, "Area None street None")


def test_the_ground_is_drawn_below_and_looks_where_the_deck_looks(hand: MapHand) -> None:
    expect(hand.root).to_have_attribute("data-ground", "1")
    hand.click(*place(0, 0))
    python_says(hand.page, "Heard drawn")
    ground = hand.canvas.locator(".am-ground canvas")
    before = ground.screenshot()
    hand.zoom_in(1)
    assert ground.screenshot() != before


def test_show_all_returns_to_the_county(hand: MapHand) -> None:
    hand.press("ArrowLeft", "ArrowLeft")
    near = hand.view()
    hand.button("Show all of the county").click()
    assert hand.view()[2] < near[2] - 1.5
    assert hand.view()[0] == pytest.approx(place(0, 0)[0], abs=0.001)


def test_with_motion_it_glides_and_ends_where_it_was_going(hand: MapHand) -> None:
    hand.page.emulate_media(reduced_motion="no-preference")
    hand.zoom_in(2)
    hand.press("0", "c")
    hand.zoom_in(2)
    hand.page.emulate_media(reduced_motion="reduce")


def test_it_follows_the_theme(tab: Tab, hand: MapHand) -> None:
    expect(hand.root).to_have_attribute("data-theme", "light")
    tab.page.emulate_media(color_scheme="dark")
    expect(hand.root).to_have_attribute("data-theme", "dark")
    tab.page.emulate_media(color_scheme="light")
    expect(hand.root).to_have_attribute("data-theme", "light")


def test_a_map_that_is_gone_is_kept_and_taken_over_by_the_next(tab: Tab, hand: MapHand) -> None:
    """WebGL takes a second to begin, and browsers allow sixteen: an officer who goes between pages uses one."""
    hand.drag(place(0, 0), place(600, 0))
    python_says(tab.page, "Heard drawn")
    gl = hand.canvas.locator(":scope > canvas").evaluate_handle("canvas => canvas.getContext('webgl2')")
    _ask_for(tab.page, "none")
    expect(tab.page.locator(".am-root")).to_have_count(0)
    _ask_for(tab.page, "")
    again = MapHand(tab.page)
    assert gl.evaluate("(gl) => !gl.isContextLost() && gl.canvas.isConnected")
    expect(again.canvas.locator(":scope > canvas")).to_have_count(1)
    again.shows("Drag from the middle outwards")
    again.drag(place(0, 0), place(900, 0))
    python_says(tab.page, "Heard drawn")
    assert python_circle(tab.page)["radius_m"] == pytest.approx(900, abs=15)
