// What a browser does by itself between two answers of the server: tick the clock, count a hold down, name the landmarks.
let skew = 0;

function tick() {
  const now = Date.now() + skew;
  for (const place of document.querySelectorAll("[data-clock]")) {
    put(place, new Date(now).toLocaleTimeString("en-GB", { timeZone: "Europe/London" }));
  }
  for (const place of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, (Number(place.dataset.until) - now) / 1000);
    put(place, String(Math.ceil(left)));
    place.closest("[data-hold]")?.style.setProperty("--left", String(left / Number(place.dataset.of || 10)));
  }
}

function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function name(selector, role, label) {
  const place = document.querySelector(selector);
  if (place && place.getAttribute("role") !== role) {
    place.setAttribute("role", role);
    place.setAttribute("aria-label", label);
  }
}

// A link to another of our screens leads there within the page: to load all of it anew takes seconds.
let screens = new Set();
function lead(to) {
  if (new URL(to, location.href).href === location.href) return;
  History.prototype.pushState.call(history, null, "", to); // an officer was here: passBy() is about other entries
  dispatchEvent(new PopStateEvent("popstate"));
}
function follow(event) {
  const link = event.target.closest?.("a[href]");
  const plain = !event.defaultPrevented && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !plain || link.origin !== location.origin || !screens.has(link.pathname.slice(1))) return;
  if (link.hash || link.hasAttribute("download") || (link.target && link.target !== "_self")) return;
  event.preventDefault();
  lead(link.href);
}

function look() {
  name(".st-key-topbar", "region", "Mode, channels and officer");
  name(".st-key-rail", "navigation", "Screens");
  name(".st-key-drill-strip", "region", "Drill");
  name(".st-key-drill-newest", "log", "Newest of the log and the radio");
  name(".st-key-drill-open", "complementary", "What came in this drill");
  makeRoom();
  beginAtTop();
  // The safe choice of a question has the focus when the question appears.
  const safe = document.querySelector(".st-key-safe-choice button:not([data-met])");
  if (safe) {
    safe.dataset.met = "";
    safe.focus();
  }
}

// A drill, and the list of them, begin at their top, wherever one had come to on the other.
let run = new URLSearchParams(location.search).get("run");
function beginAtTop() {
  const now = new URLSearchParams(location.search).get("run");
  if (now !== run) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  run = now;
}

// An open side panel leaves less of the window to the screen: what is said of narrow windows then holds for wider ones.
let taken = 0;
function makeRoom() {
  const before = taken;
  const side = document.querySelector(".st-key-drill-open") && getComputedStyle(document.documentElement).getPropertyValue("--sa-side");
  taken = parseInt(side || "0");
  if (!taken && !before) return;
  for (const rule of [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])) {
    if (!(rule instanceof CSSMediaRule)) continue;
    rule.asWritten ??= rule.media.mediaText;
    const now = rule.asWritten.replace(/max-width: (\d+)px/g, (all, px) => (px > 600 ? `max-width: ${Number(px) + taken}px` : all));
    if (rule.media.mediaText !== now) rule.media.mediaText = now;
  }
}

// The browser brings the line to write in into sight; the whole field should be.
function wholly({ target }) {
  if (target.matches?.(":is(input, textarea):focus-visible")) target.scrollIntoView({ block: "nearest" });
}

// Large files take a while, and once is enough.
function send({ target }) {
  const button = target.querySelector(":scope[data-sending] button");
  if (button) Object.assign(button, { textContent: target.dataset.sending, disabled: true });
}

// Entries of the browser's history that no officer was at: an address before it named its draft or alert, and the one at
// which Streamlit stops on the way to another screen. Back leads past both.
const NAMED = ["draft", "alert"];
function passBy() {
  const push = history.pushState;
  history.pushState = function (state, title, address) {
    const to = new URL(address, location.href), had = new URL(location.href);
    const named = (url) => NAMED.some((name) => url.searchParams.has(name));
    const onTheWay = to.pathname === had.pathname ? named(to) && !named(had) : had.search && to.search === had.search;
    return (onTheWay ? history.replaceState : push).call(this, state, title, address);
  };
}

// Charts have the colours of the theme that they were drawn in: when night falls, they are drawn anew.
let redraw;

if (!window.smartAlertFrame) {
  passBy();
  document.addEventListener("focusin", wholly);
  addEventListener("resize", makeRoom);
  document.addEventListener("submit", send);
  window.smartAlertFrame = setInterval(tick, 200);
  window.smartAlertLead = lead;
  document.addEventListener("click", follow);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (document.querySelector("[data-testid=stVegaLiteChart]")) redraw?.("theme", Date.now());
  });
  new MutationObserver(() => { look(); tick(); }).observe(document.body, { childList: true, subtree: true });
}

export default function ({ data, setTriggerValue }) {
  redraw = setTriggerValue;
  if (data?.server) skew = data.server - Date.now();
  screens = new Set(data?.screens);
  look();
  tick();
}
