// What the browser does by itself on the responses screen: single keys, and a list that grows without moving what is read.
const QUEUE = ".st-key-resp-queue";
const PANE = ".st-key-resp-pane";
const ROW = '[class*="st-key-resp-row-"]';
const OFF = "smartalert-keys-off";
// Streamlit's own sign that nothing is being drawn.
const DRAWN = '[data-test-script-state="notRunning"]';
// A list has taken the choice, and given its field the focus again.
const LEFT_AFTER_MS = 150;
// Whatever takes letters itself: a field, a list to choose from, a map, an open question.
const TAKES_LETTERS = "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable], [role=textbox], "
  + "[role=combobox], [role=listbox], [role=application], [role=dialog], dialog[open], canvas, [aria-keyshortcuts]";

// The response that was chosen last, which the right side shows a moment later: a key is about it, not about the one before.
let asked = null;

function askFor({ target }) {
  const row = target.closest?.('[class*="st-key-open-"], [class*="st-key-near-"]');
  if (row) asked = /st-key-(?:open|near)-(\d+)/.exec(row.className)[1];
}

function isShown() {
  return asked === null || document.querySelector(`${PANE} .st-key-responses-note-${asked}`) !== null;
}

// Do it once the response is there; one that never comes is not acted on, nor another that was chosen meanwhile.
function onceShown(act) {
  return () => {
    if (isShown()) return act();
    const about = asked;
    waitFor(() => asked !== about || isShown(), () => asked === about && act(), 200);
    return true;
  };
}

function button(name) {
  return document.querySelector(`${PANE} [class*="st-key-resp-act-${name}-"] button:not(:disabled)`);
}

function press(found) {
  found?.click();
  return Boolean(found);
}

function grade(number) {
  return press(document.querySelectorAll(`${PANE} [class*="st-key-responses-grade-"] [role=radio]:not(:disabled)`)[number]);
}

// The list of teams opens as somebody types, or at an arrow.
function passOn() {
  const field = document.querySelector(`${PANE} [class*="st-key-responses-team-"] input:not(:disabled)`);
  field?.focus({ preventScroll: true });
  return Boolean(field);
}

// Looked up each time: a page that is drawn anew meanwhile puts another in its place.
function replyPart() {
  return document.querySelector(`${PANE} .st-key-resp-reply details`);
}

function reply() {
  const part = replyPart();
  if (part && !part.open) part.querySelector("summary").click();
  // What is folded cannot have the focus yet.
  if (part) waitFor(() => hasFocus(replyPart()?.querySelector("textarea")), () => replyPart()?.scrollIntoView({ block: "center" }));
  return Boolean(part);
}

function hasFocus(field) {
  if (field?.checkVisibility()) field.focus({ preventScroll: true });
  return Boolean(field) && document.activeElement === field;
}

// Nothing is given up while the page is being drawn, however long a busy server takes.
function waitFor(find, then, tries = 40) {
  const found = find();
  const left = document.querySelector(DRAWN) ? tries - 1 : tries;
  if (found) then(found);
  else if (tries) setTimeout(() => waitFor(find, then, left), 25);
}

function go(by) {
  const rows = [...document.querySelectorAll(`${QUEUE} ${ROW}`)];
  const last = rows.findIndex((row) => row.classList.contains(`st-key-resp-row-${asked}`));
  const at = last < 0 ? rows.findIndex((row) => row.querySelector(".chosen")) : last;
  const next = rows[at < 0 ? 0 : at + by];
  next?.scrollIntoView({ block: "nearest" });
  return press(next?.querySelector("button"));
}

function find() {
  const field = document.querySelector(".st-key-responses-find input");
  field?.focus();
  field?.select();
  return Boolean(field);
}

function list() {
  const keys = document.querySelector(".sa-keys dialog");
  if (keys && !keys.open) {
    saySwitch(keys);
    keys.showModal();
  }
  return Boolean(keys);
}

const ON_RESPONSE = {
  m: () => press(button("Claim")),
  u: () => press(button("Useful")),
  n: () => press(button("Not-useful")),
  s: () => press(button("Resolved")),
  p: passOn,
  r: reply,
  g: () => press(document.querySelector(`${PANE} [class*="st-key-responses-all-"] input`)),
  ...Object.fromEntries([..."abcde"].map((letter, number) => [letter, () => grade(number)])),
};
const ACTS = {
  j: () => go(1),
  k: () => go(-1),
  "/": find,
  ...Object.fromEntries(Object.entries(ON_RESPONSE).map(([key, act]) => [key, onceShown(act)])),
};

// Escape leaves a field, and so does the choice of a team: then single keys count again.
function leaveField({ key, target }) {
  const chosen = key === "Enter" && target.closest?.('[class*="st-key-responses-team-"]') && target.getAttribute("aria-activedescendant");
  if ((key === "Escape" || chosen) && target.matches?.("input, textarea")) setTimeout(() => target.blur(), LEFT_AFTER_MS);
}

function isOff() {
  return localStorage.getItem(OFF) !== null;
}

// One key does one thing; with Ctrl, Alt or the system's key it is the browser's, and while letters are typed it is a letter.
function hear(event) {
  if (!document.querySelector(QUEUE) || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  leaveField(event);
  if (event.target.closest?.(TAKES_LETTERS) || document.querySelector("[role=listbox], dialog[open]")) return;
  const act = event.key === "?" ? list : isOff() ? null : ACTS[event.key.toLowerCase()];
  if (!act || event.repeat) return;
  if (!act()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

// The signs of the keys on the buttons are there while they do something.
function sayWhetherOn() {
  document.documentElement.dataset.singleKeys = isOff() ? "off" : "on";
}

function saySwitch(keys) {
  sayWhetherOn();
  keys.querySelector("[data-keys=switch]").textContent = isOff() ? "Switch single keys on" : "Switch single keys off";
}

function hearPress({ target }) {
  const what = target.closest?.("[data-keys]")?.dataset.keys;
  if (what === "open") list();
  if (what === "close") target.closest("dialog").close();
  if (what === "switch") {
    if (isOff()) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "");
    saySwitch(target.closest("dialog"));
  }
  if (what === "above") document.querySelector(QUEUE)?.scrollTo({ top: 0 });
}

// Rows are drawn by their place, so the browser takes a list that grew for the same rows with other words: it is told apart here.
// While a list is drawn anew, piece by piece, a row can be nowhere for a moment; it is no new one when it is back.
let known = new Set();
let anchor = null;
let above = new Set();

function rowsOf(queue) {
  return new Map([...queue.querySelectorAll(ROW)].map((row) => [/st-key-resp-row-(\d+)/.exec(row.className)[1], row]));
}

function topOf(queue, row) {
  return row.getBoundingClientRect().top - queue.getBoundingClientRect().top;
}

function keepAnchor() {
  const queue = document.querySelector(QUEUE);
  if (!queue) return;
  const first = [...rowsOf(queue)].find(([, row]) => topOf(queue, row) > 0);
  anchor = first ? { id: first[0], top: topOf(queue, first[1]) } : null;
  if (queue.scrollTop < 4) above = new Set();
  sayAbove();
}

function isRead(queue) {
  return queue.scrollTop >= 4 || queue.matches(":hover") || (queue.contains(document.activeElement) && document.activeElement.matches(":focus-visible"));
}

function look() {
  const queue = document.querySelector(QUEUE);
  if (!queue) {
    known = new Set();
    anchor = null;
    return;
  }
  const rows = rowsOf(queue);
  const fresh = [...rows.keys()].filter((id) => known.size && !known.has(id));
  const moved = anchor && rows.has(anchor.id) ? topOf(queue, rows.get(anchor.id)) - anchor.top : 0;
  if (fresh.length && isRead(queue)) {
    if (moved > 1) queue.scrollTop += moved;
    fresh.filter((id) => topOf(queue, rows.get(id)) < 0).forEach((id) => above.add(id));
  }
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) fresh.forEach((id) => slideIn(rows.get(id)));
  above = new Set([...above].filter((id) => rows.has(id)));
  known = new Set([...known, ...rows.keys()]);
  keepAnchor();
}

function slideIn(row) {
  row.animate([{ opacity: 0, transform: "translateY(-8px)" }, { opacity: 1, transform: "none" }], { duration: 300, easing: "ease-out" });
}

function sayAbove() {
  const sign = document.querySelector("[data-keys=above]");
  const words = above.size ? `${above.size} new above` : "";
  if (sign && sign.textContent !== words) {
    sign.textContent = words;
    sign.hidden = !words;
  }
}

if (!window.smartAlertResponses) {
  window.smartAlertResponses = true;
  sayWhetherOn();
  window.addEventListener("keydown", hear, true);
  document.addEventListener("click", askFor, true);
  document.addEventListener("click", hearPress);
  document.addEventListener("scroll", ({ target }) => { if (target.matches?.(QUEUE)) keepAnchor(); }, true);
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
}

export default function () {}
