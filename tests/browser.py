"""A real, headless Chromium for tests, which notes whatever a page of ours should not do.

One runs for all tests of a process; each test, or module, has profiles of its own in it. Pages are asked for little
motion, which is drawn anew for nobody; the map's own tests glide.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.waiting import PATIENCE_MS, eventually

#: A window's own pages for what is typed into its address bar, half a second of a core for each profile, and a process
#: kept ready for the next page; then what Playwright switches off, whose list this takes the place of.
WITHOUT = (
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch"
)
#: WebGL by what the system has; without a graphics card that is Mesa in software, a fifth of the work that Chromium's
#: own SwiftShader makes of a map, which is what is left where no Mesa is. The rest keeps Chromium off the network.
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=gl-egl",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    # Only the map is drawn by WebGL; pages put together in it too cost a sixth more of a core.
    "--disable-gpu-compositing",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={WITHOUT}",
]
expect.set_options(timeout=PATIENCE_MS)
#: The window that a page has where a test asks for no other.
USUAL = (1440, 900)
LOOPBACK = {"127.0.0.1", "localhost", ""}
#: Not the network: what a page holds itself, and the browser's own viewer of PDFs.
OWN = {"data", "blob", "chrome", "chrome-extension"}
NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Tab:
    """One page in a browser profile of its own, and what it did."""

    page: Page
    browser: Browser
    #: Addresses asked for that are not on this machine.
    external: list[str] = field(default_factory=list)
    #: Errors on the console and exceptions nobody caught.
    errors: list[str] = field(default_factory=list)

    def another(self, **options: Any) -> "Tab":
        """Open a page as somebody else, to the end of the test: no cookie or storage is shared."""
        tab = _open(self.browser, **options)
        others.append(tab)
        return tab

    def anew(self, *, viewport: tuple[int, int] = USUAL) -> "Tab":
        """The same page for somebody else, who has not signed in; another page would load all of it anew."""
        page = self.page
        page.context.clear_cookies()
        if page.url.startswith("http"):
            page.goto(urljoin(page.url, "/health"))  # nothing runs there, and what was loaded is kept
            page.evaluate("localStorage.clear(), sessionStorage.clear()")
        page.set_viewport_size({"width": viewport[0], "height": viewport[1]})
        self.external.clear()
        self.errors.clear()
        return self


#: What the running test has opened beside its first page. An open page of ours asks for news every few seconds.
others: list[Tab] = []
#: Opens one page; takes the viewport, whether it is dark, and what a context of Playwright takes.
Chromium = Callable[..., AbstractContextManager[Tab]]


#: The page is in this theme, and nothing moves on it any more.
DRESSED = """theme => new Promise(requestAnimationFrame).then(() => {
  const app = document.querySelector(".stApp");
  return (!app || getComputedStyle(app).colorScheme === theme)
    && document.getAnimations().every(it => it.effect.getComputedTiming().endTime === Infinity);
})"""


#: What reaches past an edge of the page, controls that lie on one another, and words that are cut off, broken in the
#: middle, beside their button or on other words. What scrolls together is compared whole, wherever it stands now; of
#: anything else only the part that is seen can lie on another.
MISFITS = """but => {
  const name = it => `${it.tagName} ${it.textContent.trim().slice(0, 40)}`;
  const once = is => {  // a page has thousands of elements, each of them in twenty others
    const known = new Map();
    return it => known.has(it) ? known.get(it) : (known.set(it, is(it)), known.get(it));
  };
  const box = once(it => it.getBoundingClientRect());
  const style = once(it => {
    const { overflowX, overflowY, position } = getComputedStyle(it);
    return { overflowX, overflowY, position };
  });
  const shown = [...document.querySelectorAll("body *")].filter(
    it => it.checkVisibility({ visibilityProperty: true }) && it.clientWidth > 1
      && !it.closest(`.trap, .skip, svg, .stTooltipContent, ${but}`));
  const scrolls = it => style(it).position === "fixed"
    || /auto|scroll/.test(style(it).overflowY) && it.scrollHeight > it.clientHeight + 1;
  const home = once(it => !it || scrolls(it) ? it : home(it.parentElement));
  const stuck = once(it => !it || style(it).position === "sticky" ? it : stuck(it.parentElement));
  const frame = it => style(it).overflowY === "visible" ? [] : [box(it)];
  const inner = once(it => it === home(it) ? [] : [...frame(it), ...inner(it.parentElement)]);
  const outer = once(it => !it ? []
    : [...frame(it), ...(style(it).position === "fixed" ? [] : outer(it.parentElement))]);
  const within = (parts, all) => all.reduce((some, frame) => some.map(part => ({
    left: Math.max(part.left, frame.left), right: Math.min(part.right, frame.right),
    top: Math.max(part.top, frame.top), bottom: Math.min(part.bottom, frame.bottom)})), parts);
  const around = parts => ({
    parts, left: Math.min(...parts.map(part => part.left)), right: Math.max(...parts.map(part => part.right)),
    top: Math.min(...parts.map(part => part.top)), bottom: Math.max(...parts.map(part => part.bottom))});
  const placed = (it, parts, where) => {
    const whole = within([...parts], inner(where));
    return { it, home: home(where), whole: around(whole), seen: around(within(whole, outer(home(where)))),
      stuck: stuck(it) };
  };
  const over = (a, b, wide, high) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > wide
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > high;
  const meet = (its, others, wide, high) => over(its, others, wide, high)
    && its.parts.some(a => others.parts.some(b => over(a, b, wide, high)));
  const pairs = (all, wide, high, apart) => all.flatMap((one, at) => all.slice(at + 1).filter(other => (
    one.home === other.home ? meet(one.whole, other.whole, wide, high) : meet(one.seen, other.seen, wide, high))
    && apart(one, other)).map(other => `${name(one.it)} lies on ${name(other.it)}`));
  const off = shown.filter(it => box(it).right > document.documentElement.clientWidth + 1 || box(it).left < -1);
  const cut = shown.filter(it => !it.matches("textarea, input, select") && style(it).overflowX !== "visible"
    && it.scrollWidth > it.clientWidth + 1);
  const controls = shown.filter(it => it.matches("a, button, input, select, textarea, summary"))
    .map(it => placed(it, it.getClientRects(), it.parentElement));
  const texts = shown.filter(it => it.checkVisibility({ opacityProperty: true }) && !it.matches("textarea, option"))
    .flatMap(it => [...it.childNodes].filter(at => at.nodeType === 3 && at.data.trim()).map(at => [it, at]));
  const spans = (at, from, to) => {
    const range = document.createRange();
    range.setStart(at, from);
    range.setEnd(at, to);
    return range.getClientRects();
  };
  const words = texts.map(([it, at]) => placed(it, spans(at, 0, at.length), it));
  const beside = words.filter(({ it, seen }) => {
    const button = it.closest("button, summary");
    return button && seen.parts.some(part => part.left < box(button).left - 1 || part.right > box(button).right + 1
      || part.top < box(button).top - 1 || part.bottom > box(button).bottom + 1);
  });
  const broken = texts.filter(([it, at]) => it.closest("a, button, summary, label, h1, h2, h3, h4, th, dt")
    && [...at.data.matchAll(/[^\\s\u200b–-]+/g)].some(({ 0: word, index }) => new Set(
      [...spans(at, index, index + word.length)].map(part => Math.round(part.top / 5))).size > 1));
  return [
    ...off.map(it => `off the page: ${name(it)}`), ...cut.map(it => `cut: ${name(it)}`),
    ...beside.map(({ it }) => `beside its button: ${name(it)}`),
    ...broken.map(([it]) => `broken in a word: ${name(it)}`),
    ...pairs(controls, 1, 1, (one, other) => !one.it.contains(other.it)),
    ...pairs(words, 2, 5, (one, other) => one.it !== other.it && one.stuck === other.stuck),
  ];
}"""


def misfits(page: Page, but: str = ".mock-up") -> list[str]:
    """What does not fit on a page as it is, but for what may be cut; measured in the page."""
    return lasting(page, lambda: page.evaluate(MISFITS, but))


#: The name of what has the focus, and why it is not wholly seen, if it is a control: scrolled away, or under something.
#: A slider's own field is hidden in its thumb, which is what is seen.
FOCUS = """() => {
  const it = document.activeElement;
  const whole = it.matches("[type=checkbox], [type=radio]") ? it.closest("label")
    : it.matches("[type=range]") ? it.parentElement.parentElement : null;
  const box = (whole ?? it).getBoundingClientRect();
  const frames = [{ left: 0, right: innerWidth, top: 0, bottom: innerHeight }];
  for (let at = (whole ?? it).parentElement; at; at = at.parentElement) {
    if (getComputedStyle(at).overflowY !== "visible") frames.push(at.getBoundingClientRect());
    if (getComputedStyle(at).position === "fixed") break;
  }
  const away = frames.some(frame => box.left < frame.left - 1 || box.right > frame.right + 1
    || box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
  const points = [box.left + 3, (box.left + box.right) / 2, box.right - 3].flatMap(
    x => [box.top + 3, (box.top + box.bottom) / 2, box.bottom - 3].map(y => [x, y]));
  const control = it.matches("a, button, input, select, textarea, summary");
  const over = !control || away || points.map(point => document.elementFromPoint(...point)).find(
    found => !found.contains(it) && !(whole ?? it).contains(found) && !found.closest(".stTooltipContent"));
  const name = (it.getAttribute("aria-label") ?? it.textContent).trim();
  return [name, !control ? "" : away ? "scrolled away" : over ? `under ${over.tagName} ${over.className}` : ""];
}"""
#: Gives the focus to everything that can have it, in turn, and says what is not wholly seen then, and why.
WALK = f"""() => {{
  const seen = {FOCUS};
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(
    it => it.checkVisibility({{ visibilityProperty: true }}) && !it.disabled && it.tabIndex >= 0 && it.clientWidth > 1);
  const hidden = stops.flatMap(it => {{
    it.focus({{ focusVisible: true }});
    const [name, why] = document.activeElement === it ? seen() : ["", ""];
    return why ? [`${{it.tagName}} ${{name.slice(0, 40)}} has the focus ${{why}}`] : [];
  }});
  document.activeElement.blur();
  return hidden;
}}"""
#: What officers sit at, a laptop's at 200 % zoom first, that of every other test last; and what they carry.
DESKS, PHONE = [(720, 450), (1024, 768), (1280, 720), (1920, 1080), (1440, 900)], (390, 844)


def unfit(page: Page, *sizes: tuple[int, int], but: str = ".sa-phone, .sd-lock") -> list[tuple[int, str]]:
    """At each size, or each desk's: what does not fit, and what is not wholly seen when it has the focus."""
    found, before = [], page.viewport_size
    for width, height in sizes or DESKS:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found += [(width, one) for one in (*misfits(page, but), *lasting(page, lambda: page.evaluate(WALK)))]
    if before and before != page.viewport_size:
        page.set_viewport_size(before)
    return found


def lasting(page: Page, look: Callable[[], list[Any]]) -> list[Any]:
    """What is wrong and stays so: a page that is still being drawn is looked at again, for ten seconds at most."""
    for _ in range(10):
        if not look():
            return []
        page.wait_for_timeout(1_000)
    return look()


#: The rules of axe about colours.
COLOURS = ["color-contrast", "link-in-text-block"]
#: What passes is told by the hundred, and nobody reads it.
LOOK = """options => axe.run({ exclude: [["[data-testid=stFileUploaderDropzone]"]] },
  { ...options, resultTypes: ["violations"] },
).then(({ violations }) => violations.map(one => [one.id, one.nodes.map(node => node.target)]))"""


def focus(page: Page) -> tuple[str, str]:
    """The name of what has the focus, and why it is not wholly seen; empty where it is."""
    name, why = page.evaluate(FOCUS)
    return name, why


def violations(page: Page, *tags: str) -> list[tuple[str, str, Any]]:
    """What axe finds wrong on the page as it is, by all its rules or those with these tags: theme, rule, and where.

    The dark differs in its colours alone, and is asked for those. Streamlit's own field for
    files, a presentation that can have the focus, is not ours to mend.
    """
    found = []
    for theme, rules in ("dark", COLOURS), ("light", list(tags)):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        eventually(lambda theme=theme: page.evaluate(DRESSED, theme))  # type: ignore[misc]
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        seen = lasting(page, lambda rules=rules: page.evaluate(LOOK, {"runOnly": rules} if rules else {}))  # type: ignore[misc]
        found += [(theme, rule, where) for rule, where in seen]
    return found


@contextmanager
def chromium(**options: Any) -> Iterator[Tab]:
    """Open one page, and close it at the end. Skips the test where no Chromium is installed."""
    tab = _open(_running()[1], **options)
    try:
        yield tab
    finally:
        tab.page.context.close()


@cache
def _running() -> tuple[ExitStack, Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    ends = ExitStack()
    playwright = ends.enter_context(sync_playwright())
    return ends, ends.enter_context(playwright.chromium.launch(executable_path=path, args=FLAGS))


def close_others() -> None:
    """Close all that was opened beside the first page."""
    while others:
        others.pop().page.context.close()


def close() -> None:
    """End Chromium, if one runs, and Playwright's event loop, which is in the way of tests that run their own."""
    if _running.cache_info().currsize:
        _running()[0].close()
        _running.cache_clear()


def _open(browser: Browser, *, viewport: tuple[int, int] = USUAL, dark: bool = False, **options: Any) -> Tab:
    width, height = viewport
    options = {"color_scheme": "dark" if dark else "light", "reduced_motion": "reduce", **options}
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(PATIENCE_MS)
    tab = Tab(context.new_page(), browser)

    def note(address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in OWN and parts.hostname not in LOOPBACK:
            tab.external.append(address)

    def forget(request: Request) -> None:
        # Now and then Chromium tells of a request that the page's policy keeps back: nothing of it leaves.
        if request.failure == "csp" and request.url in tab.external:
            tab.external.remove(request.url)

    def read(message: ConsoleMessage) -> None:
        if message.type == "error":
            tab.errors.append(message.text)

    context.on("request", lambda request: note(request.url))
    context.on("requestfailed", forget)
    tab.page.on("websocket", lambda socket: note(socket.url))
    tab.page.on("console", read)
    tab.page.on("pageerror", lambda error: tab.errors.append(f"uncaught: {error}"))
    return tab
