// What the browser does by itself on the send screen: keep typed text at every pause, lead to passages and popovers, stop a second press.
const PAUSE_MS = 500;
const POPOVER_MS = 120;
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

// A chip leads to the passage it is about and selects it; without a passage, to the field that lacks something.
function leadTo(chip) {
  const { field: name, gap, text = gap } = chip.dataset;
  const within = name ? `.st-key-send-${name}` : ".st-key-send-form";
  for (const field of document.querySelectorAll(`${within} textarea, ${within} input[type=text]`)) {
    const at = field.value.indexOf(text);
    if (at < 0) continue;
    const form = field.closest(".st-key-send-form");
    form.scrollTop += field.getBoundingClientRect().top - form.getBoundingClientRect().top - form.clientHeight / 3;
    field.focus({ preventScroll: true });
    field.setSelectionRange(at, at + text.length);
    return;
  }
}

// A fix takes its own button away: whoever pressed it goes on in the field it mended.
function stayAt(fix) {
  const name = /st-key-send-fix-(\w+)-\d/.exec(fix.className)?.[1];
  const field = document.querySelector(`.st-key-send-${name} textarea, .st-key-send-${name} input`);
  setTimeout(() => field?.focus({ preventScroll: true }));
}

// A popover is drawn at the end of the page: from its button, the Tab key would lead through everything else first.
function enterPopover() {
  const body = document.querySelector('[data-testid="stPopoverBody"]');
  if (body && !body.contains(document.activeElement)) body.querySelector("input, button")?.focus();
}

function press(event) {
  const chip = event.target.closest?.("[data-gap], [data-field]");
  if (chip) leadTo(chip);
  const fix = event.target.closest?.("[class*='st-key-send-fix']");
  if (fix) stayAt(fix);
  const tell = event.target.closest?.(":is([class*='st-key-send-tell'], [class*='st-key-send-ask'], [class*='st-key-approve-now']) button");
  if (event.target.closest?.('[data-testid="stPopover"]')) setTimeout(enterPopover, POPOVER_MS);
  // After React has heard the click; a refusal brings a new button.
  if (tell) setTimeout(() => { tell.disabled = true; });
}

if (!window.smartAlertHands) {
  window.smartAlertHands = true;
  document.addEventListener("input", keepSoon);
  document.addEventListener("click", press);
}

export default function () {}
