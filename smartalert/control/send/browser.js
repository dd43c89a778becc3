// What the browser does by itself on the send screen: keep typed text at every pause, lead to passages and popovers, stop a second press.
const PAUSE_MS = 500;
const POPOVER = '[data-testid="stPopover"]';
const POPOVER_BODY = '[data-testid="stPopoverBody"]';
const POPOVER_MS = 5000;
const pauses = new WeakMap();

// Streamlit takes a text area over when it is left or at Ctrl+Enter; an officer's words must outlive a crash before that.
function keepSoon(event) {
  const area = event.target;
  if (!event.isTrusted || !area.matches?.(".st-key-send-form textarea")) return;
  clearTimeout(pauses.get(area));
  pauses.set(area, setTimeout(() => {
    const init = { key: "Enter", code: "Enter", keyCode: 13, ctrlKey: true, bubbles: true, cancelable: true };
    area.dispatchEvent(new KeyboardEvent("keydown", init));
  }, PAUSE_MS));
}

// The field of this name, as it was last drawn: each time the draft changes under it, it is drawn anew, numbered.
function fieldOf(name) {
  return `[class*="st-key-send-${name}-"] :is(textarea, input[type=text], input[type=search])`;
}

// Whoever is in a field that is drawn anew stays there.
let stay = null;
function remember({ target }) {
  const drawn = target.closest?.("[class*='st-key-send-']:has(> [data-testid='stTextInput'], > [data-testid='stTextArea'])");
  const name = /st-key-send-([\w-]+)-\d/.exec(drawn?.className ?? "")?.[1];
  stay = name ? { name, target } : null;
}
function goOn() {
  if (!stay || stay.target.isConnected || document.activeElement !== document.body) return;
  const field = document.querySelector(fieldOf(stay.name));
  field?.focus({ preventScroll: true });
  field?.setSelectionRange(field.value.length, field.value.length);
}

// A chip leads to where its gap is asked; else to the passage it is about, and selects it; without a passage, to the field that lacks something.
function leadTo(chip) {
  const { field: name, gap, text = gap } = chip.dataset;
  const asked = gap && [...document.querySelectorAll(".st-key-send-gaps :is(input, [role=radiogroup])")].find(
    (field) => field.getAttribute("aria-label")?.toLowerCase() === gap.slice(1, -1).toLowerCase());
  if (asked) {
    (asked.querySelector("button") ?? asked).focus();
    return;
  }
  for (const field of document.querySelectorAll(name ? fieldOf(name) : ".st-key-send-form :is(textarea, input[type=text])")) {
    const at = field.value.indexOf(text);
    if (at < 0) continue;
    field.focus({ preventScroll: true });
    field.scrollIntoView({ block: "center" });
    field.setSelectionRange(at, at + text.length);
    return;
  }
}

// A fix takes its own button away: whoever pressed it goes on in the field it mended.
function stayAt(fix) {
  const name = /st-key-send-fix-(\w+)-\d/.exec(fix.className)?.[1];
  setTimeout(() => document.querySelector(fieldOf(name))?.focus({ preventScroll: true }));
}

// A popover is drawn at the end of the page: from its button, the Tab key would lead through everything else first.
let enterUntil = 0;
function beforeClick(event) {
  if (event.target.closest?.(POPOVER) && !document.querySelector(POPOVER_BODY)) enterUntil = performance.now() + POPOVER_MS;
}
function enterPopover() {
  if (performance.now() > enterUntil) return;
  const first = document.querySelector(`${POPOVER_BODY} :is(input, button)`);
  if (!first) return;
  enterUntil = 0;
  first.focus();
}

// The hits change as letters are taken: a press counts for the one that the hand was moved to, not for one that came under it.
const HIT = ".st-key-search-hits button";
let aim = { x: -1, y: -1, hit: null };
function takeAim({ screenX: x, screenY: y, target }) {
  // The browser also tells of moves that are the page's, not the hand's.
  if (x !== aim.x || y !== aim.y) aim = { x, y, hit: target.closest?.(HIT) };
}
function keepFromMissing(event) {
  const hit = event.target.closest?.(HIT);
  if (hit && hit !== aim.hit && event.pointerType === "mouse") event.stopPropagation();
}

// Arrows lead through the hits; Enter in the box takes the first, once the list answers what stands in the box.
const BOX = "[class*='st-key-send-search-'] input";
let enterFor = null;
function throughHits(event) {
  const { target, key } = event, box = document.querySelector(BOX), hits = [...document.querySelectorAll(HIT)];
  const at = hits.indexOf(target);
  if (at < 0 && target !== box) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (step) {
    event.preventDefault();
    (hits[at + step] ?? (at + step < 0 ? box : target)).focus();
  } else if (key === "Escape" && at >= 0) box.focus();
  else if (key === "Enter" && at >= 0) stay = { name: "search", target };
  else if (key === "Enter") {
    enterFor = box.value.trim();
    takeFirst();
  }
}
function takeFirst() {
  if (!enterFor || !document.querySelector(".sd-found")?.textContent.endsWith(`for “${enterFor}”`)) return;
  enterFor = null;
  document.querySelector(HIT)?.click();
}

// Chips that the bar has no room for are counted at the head of their list: nothing is out of sight without a sign.
function countBelow() {
  const head = document.querySelector(".sd-mind .sd-lead");
  if (!head) return;
  const end = head.parentElement.getBoundingClientRect().bottom + 1;
  const chips = [...head.parentElement.querySelectorAll(".sd-chip")];
  const below = chips.filter((chip) => chip.getBoundingClientRect().bottom > end).length;
  if (below) head.dataset.below = below;
  else delete head.dataset.below;
}
let counting = 0;
function countSoon() {
  counting ||= requestAnimationFrame(() => { counting = 0; countBelow(); });
}

function press(event) {
  const chip = event.target.closest?.("[data-gap], [data-field]");
  if (chip) leadTo(chip);
  const fix = event.target.closest?.("[class*='st-key-send-fix']");
  if (fix) stayAt(fix);
  const tell = event.target.closest?.(":is([class*='st-key-send-tell'], [class*='st-key-send-ask'], [class*='st-key-approve-now']) button");
  // After React has heard the click; a refusal brings a new button.
  if (tell) setTimeout(() => { tell.disabled = true; });
}

// While the area is moved, the map says about how many people are there; the counts that come when it rests take its place.
function follow({ detail: words }) {
  const slot = document.querySelector(".st-key-send-bar .sd-moving");
  if (!slot) return;
  slot.firstElementChild.textContent = words;
  slot.hidden = !words;
}

if (!window.smartAlertSend) {
  window.smartAlertSend = true;
  document.addEventListener("input", keepSoon);
  document.addEventListener("focusin", remember);
  document.addEventListener("pointerdown", () => { stay = null; }, true);
  new MutationObserver(() => { goOn(); enterPopover(); countSoon(); takeFirst(); }).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("pointermove", takeAim, true);
  document.addEventListener("click", keepFromMissing, true);
  document.addEventListener("keydown", throughHits, true);
  document.addEventListener("input", ({ target }) => { if (target.matches?.(BOX)) enterFor = null; }, true);
  document.addEventListener("click", beforeClick, true);
  document.addEventListener("click", press);
  document.addEventListener("smartalert:moving", follow);
  document.addEventListener("scroll", countSoon, true);
  window.addEventListener("resize", countSoon);
}

export default function () {}
