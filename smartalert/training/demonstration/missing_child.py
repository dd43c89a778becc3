"""A child is missing: from an empty map to "found, and forgotten"."""

import math
import re

from playwright.sync_api import Locator, TimeoutError

from smartalert.drills.place import Place
from smartalert.training.demonstration import pictures
from smartalert.training.demonstration.addresses import Addresses
from smartalert.training.demonstration.stage import PATIENCE_MS, Stage
from smartalert.training.demonstration.story import Story

#: How often the story stops to say something.
PARTS = 26
OFFICER = "inspector.carr"
#: Of the child, as the first call has it.
AGE, LOOKS = "7", "Small, long fair hair, red coat, grey leggings, white trainers"
SEEN = "A little girl with fair hair in a red coat walked past our house ten minutes ago, alone. Our doorbell has her."
OUTCOME = "She is found, safe and well, and back with her father. Your picture led us to the right street. Thank you."
#: Where a circle is drawn from: beside the middle, which would move the one that is there.
ASIDE_PX = 36
#: Web Mercator: metres around the equator, and pixels of the world at zoom 0.
AROUND_M, WORLD_PX = 40_075_016.7, 512
#: The middle of the map is where the search led: it is not still where it was before.
NEAR_DEG = 0.02
PHOTO = "input[type=file]"
#: Of a field of the form by its name, whether it holds some words; and of the bar at its foot.
SAYS = """([label, words]) => [...document.querySelectorAll(".st-key-send-form :is(textarea, input)")].some(
  it => it.ariaLabel === label && it.value.includes(words))"""
BAR_SAYS = "([words]) => document.querySelector('.st-key-send-bar').textContent.includes(words)"
WRITTEN = "([words]) => [...document.querySelectorAll('textarea')].some(it => it.value === words)"
#: A field that was drawn anew while it was written into is written into again.
LOST_AFTER_MS = 8_000


def play(stage: Stage, at: Addresses, story: Story) -> None:
    """Everything, in order."""
    begin(stage, at, story)
    draw(stage, story)
    write(stage, story)
    alert = send(stage)
    address = answer(stage, at)
    take_up(stage, at, alert)
    end(stage, at, alert)
    tell_outcome(stage, at, alert)
    forget(stage, at, address, story)


def begin(stage: Stage, at: Addresses, story: Story) -> None:
    """Who is on duty, and an empty map."""
    stage.open(f"{at.control}/send_alert")
    stage.sees("Who is on duty?")
    child = story.scenario.facts["child"]
    stage.tell(f"{child}, aged seven, has walked away from {story.place.landmark}. The clock says {story.time}.")
    stage.tell("The duty inspector signs in. Everybody you will see is made up, and nothing leaves this computer.")
    stage.click(stage.page.locator(f"button[value='{OFFICER}']"))
    stage.click(stage.button("New"))
    stage.sees("No area yet")
    rest(stage)
    stage.tell("An empty map of the whole county. She has a radio in one hand, so everything takes one press.")


def draw(stage: Stage, story: Story) -> None:
    """The place is searched for, and a circle drawn around it."""
    page, box = stage.page, stage.page.get_by_label("Search for a street, postcode, place")
    stage.tell("Where? She types the name that she heard on the radio.")
    root = page.locator(".am-root[data-ready='1'][data-view]")
    root.wait_for()
    box.click()
    stage.type(box, story.place.landmark)
    stage.sees(re.compile(rf"results? for “{re.escape(story.place.landmark)}”$"))
    stage.click(page.locator(".st-key-search-hits button").first)
    stage.until(lambda: shows(root, story.place), "the map shows the place")
    counted = people(stage)
    stage.tell("She draws a circle as large as a child walks. The figures at the foot follow her hand.")
    stage.drag(*across(root, page.locator(".am-map"), story.radius_m))
    page.wait_for_function(
        "before => { const now = document.querySelector('.st-key-send-bar .sd-figure b')?.textContent;"
        " return /^[\\d,]+$/.test(now) && now !== before; }",
        arg=counted,
    )
    rest(stage)
    stage.tell(f"{people(stage)} people live inside it and can be told at once. Everybody else is left in peace.")


def shows(root: Locator, place: Place) -> bool:
    """Whether the map has come to rest with the place near its middle."""
    view = [float(part) for part in (root.get_attribute("data-view") or "").split(",") if part]
    return bool(view) and math.dist(view[:2], (place.lon, place.lat)) < NEAR_DEG


def across(root: Locator, canvas: Locator, radius_m: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """The two pixels between which a circle of this radius is drawn, around the middle of the map."""
    root.wait_for()
    _, lat, zoom = map(float, (root.get_attribute("data-view") or "").split(","))
    box = canvas.bounding_box() or {"x": 0.0, "y": 0.0, "width": 0.0, "height": 0.0}
    reach = radius_m * WORLD_PX * 2**zoom / (AROUND_M * math.cos(math.radians(lat)))
    x, y = box["x"] + box["width"] / 2 + ASIDE_PX, box["y"] + box["height"] / 2
    return (x, y), (min(x + reach, box["x"] + box["width"] - ASIDE_PX), y)


def write(stage: Stage, story: Story) -> None:
    """What happened, and the few facts that the words need."""
    page, child = stage.page, story.scenario.facts["child"]
    stage.tell("What happened? One press, and words that the force has approved are there.")
    stage.click(page.get_by_role("radio", name="Missing person", exact=True))
    stage.sees("First name")
    rest(stage)
    stage.tell("Each fact is asked once: the incident, her name, her age, what she wears. The words fill themselves.")
    log = story.scenario.facts["log"]
    fill(stage, field(stage, "Incident number"), log, SAYS, ["Who to call", f"{log} of "])
    facts = {"First name": child, "Age": AGE, "Time": story.time, "Hair, build, clothing": LOOKS}
    for label, words in facts.items():
        fill(stage, field(stage, label), words, SAYS, ["What happened", words])
    stage.click(page.get_by_role("radio", name="her", exact=True))
    page.wait_for_function(SAYS, arg=["What to do", "see her"])
    rest(stage)
    stage.tell("A photograph, with a sentence for people who cannot see it. It comes down when she is found.")
    page.locator(PHOTO).set_input_files(
        {"name": "child.jpg", "mimeType": "image/jpeg", "buffer": pictures.child(coat=pictures.RED)}
    )
    shows = page.get_by_label("What it shows, for people who cannot see it")
    fill(stage, shows, f"{child}, {AGE}, with long fair hair and a red coat", BAR_SAYS, ["Ready to review"])


def send(stage: Stage) -> str:
    """The review, the button, the seconds to undo it, and what arrives; the alert's number."""
    page = stage.page
    stage.tell("Before anything leaves: the very words, on a phone and in an e-mail, and who will get them.")
    stage.click(stage.button("Review"))
    stage.sees("After that you cannot call it back")
    rest(stage)
    stage.tell("The button says what it does, and to how many people. She presses it.")
    stage.click(stage.button(re.compile("EXERCISE: tell ")))
    page.wait_for_url("**/live_alerts?alert=*")
    page.get_by_role("button", name="Undo: tell nobody").or_(standing(stage)).first.wait_for()
    stage.tell("Ten seconds to undo it. She does not need them.")
    release(stage)
    told(stage)
    stage.tell("Told. Every phone and every mailbox, with what arrived and how fast, second by second.")
    return page.url.rpartition("=")[2]


def answer(stage: Stage, at: Addresses) -> str:
    """The phones of the residents, one of which answers with a photograph; where the alert's public page is."""
    page = stage.page
    stage.open(at.simulator)
    phone = page.locator("[data-phone]").first
    phone.wait_for()
    stage.tell("These are the residents’ phones and mailboxes, all simulated. This is what they see.")
    stage.click(phone)
    page.locator("#reader-body article").first.wait_for()
    address = page.locator("#reader-body article a", has_text="Its page").first.get_attribute("href") or ""
    stage.tell("One resident has seen her. A press in the alert leads to a form that takes a minute.")
    stage.click(page.get_by_text("Answer as the person").first)
    form = page.locator("#reader-body form").first
    stage.type(form.get_by_label("What do they say?"), SEEN)
    form.locator(PHOTO).set_input_files(
        {"name": "doorbell.jpg", "mimeType": "image/jpeg", "buffer": pictures.child(coat=pictures.RED, far=True)}
    )
    stage.tell("With a picture from the doorbell.")
    stage.click(form.get_by_role("button", name="Tell the police"))
    stage.sees("The police have the answer")
    stage.tell("The police have it. Nobody had to ring 101 and wait.")
    return address


def take_up(stage: Stage, at: Addresses, alert: str) -> None:
    """The answer in the control room: opened, claimed, judged."""
    stage.open(f"{at.control}/responses?alert={alert}")
    newest = stage.button(re.compile("^Open ")).first
    newest.wait_for()
    stage.tell("In the control room it stands at the top of the list. She opens it.")
    stage.click(newest)
    claim = act(stage, "Claim")
    claim.wait_for()
    page = stage.page
    page.wait_for_function("() => [...document.querySelectorAll('.sa-resp-body img')].some(it => it.naturalWidth)")
    stage.tell("The words and the picture. She claims it, so that nobody else works on it, and marks it useful.")
    stage.click(claim)
    act(stage, "Give back").wait_for()
    stage.click(act(stage, "Useful"))
    stage.sees("Useful but still open")


def end(stage: Stage, at: Addresses, alert: str) -> None:
    """The all clear, to everybody who was told."""
    page = stage.page
    stage.open(f"{at.control}/live_alerts?alert={alert}")
    stage.button("All clear").wait_for()
    stage.tell("A patrol finds her in a garden two streets away. Now people must stop looking: the all clear.")
    stage.click(stage.button("All clear"))
    stage.sees(re.compile("^Follows"))
    rest(stage)
    stage.tell("Its words leave out her name, her age and her looks.")
    stage.click(stage.button("Review"))
    stage.sees(re.compile("will get this"))
    rest(stage)
    stage.click(stage.button(re.compile("EXERCISE: tell ")))
    page.wait_for_url(re.compile(rf"live_alerts\?alert=(?!{alert}$)\d+$"))
    page.get_by_role("button", name="Undo: tell nobody").or_(standing(stage)).first.wait_for()
    release(stage)
    told(stage)
    stage.tell("Everybody who was told knows. The photograph is down, everywhere.")


def tell_outcome(stage: Stage, at: Addresses, alert: str) -> None:
    """Whoever answered hears what came of it."""
    page = stage.page
    stage.open(f"{at.control}/responses?alert={alert}")
    stage.click(stage.button(re.compile("^Open ")).first)
    reply = page.locator(".st-key-resp-reply")
    stage.tell("People answer again when they hear what came of it. One message, to whoever answered.")
    stage.click(reply.locator("summary"))
    into = reply.get_by_label("What to tell them")
    fill(stage, into, OUTCOME, WRITTEN, [OUTCOME])
    stage.click(reply.get_by_role("button", name=re.compile("^Tell 1 person")))
    stage.sees("Told 1 person")


def forget(stage: Stage, at: Addresses, address: str, story: Story) -> None:
    """What the public can still read, and what the control room's list shows."""
    stage.open(address)
    stage.sees("This person has been found")
    stage.page.get_by_text(story.scenario.facts["child"]).wait_for(state="detached")
    stage.tell("And the alert’s public page? Found. No name, no face: there is nothing left to search for.")
    stage.open(f"{at.control}/live_alerts")
    stage.sees("details no longer shown")
    stage.tell("The force keeps its evidence, and every look at it is written down.")
    stage.tell("Found, and forgotten.")
    stage.end()


def act(stage: Stage, label: str) -> Locator:
    """What an officer does with a response; its button shows a key beside its words."""
    return stage.page.locator(f"[class*='st-key-resp-act-{label.replace(' ', '-')}-'] button").first


def field(stage: Stage, label: str) -> Locator:
    """A field of the form by its name."""
    return stage.page.get_by_role("textbox", name=label, exact=True)


def fill(stage: Stage, into: Locator, words: str, until: str, arg: list[str]) -> None:
    """Write into a field, leave it, and see the screen follow; what a busy screen lost is written again."""
    for patience_ms in (*[LOST_AFTER_MS] * 2, PATIENCE_MS):
        stage.type(into, words)
        into.press("Tab")
        try:
            stage.page.wait_for_function(until, arg=arg, timeout=patience_ms)
        except TimeoutError:
            if patience_ms == PATIENCE_MS:
                raise
        else:
            break
    rest(stage)


def people(stage: Stage) -> str:
    """How many would be told, as the screen writes it, once that is known."""
    figure = stage.page.locator(".st-key-send-bar .sd-figure b").first
    figure.filter(has_text=re.compile(r"^[\d,]+$")).wait_for()
    return figure.inner_text()


def release(stage: Stage) -> None:
    """Leave out what is left of the seconds to undo, if some are."""
    now = stage.page.get_by_role("button", name="Tell them now")
    now.or_(standing(stage)).first.wait_for()
    if now.is_visible():
        stage.click(now)


def told(stage: Stage) -> None:
    """Everything was handed over."""
    standing(stage).wait_for()


def standing(stage: Stage) -> Locator:
    """The line that says so."""
    return stage.page.locator(".sa-standing h2", has_text=re.compile("^(Everyone has been told|Handed over|Finished)"))


def rest(stage: Stage) -> None:
    """The screen is drawn to its end."""
    stage.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
