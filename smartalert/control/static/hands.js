// What the browser does by itself on the send screen: keep typed text at every pause, lead to gaps and popovers, stop a second press.
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

function leadToGap(chip) {
  for (const field of document.querySelectorAll(".st-key-send-form textarea, .st-key-send-form input[type=text]")) {
    const at = field.value.indexOf(chip.dataset.gap);
    if (at < 0) continue;
    const form = field.closest(".st-key-send-form");
    form.scrollTop += field.getBoundingClientRect().top - form.getBoundingClientRect().top - form.clientHeight / 3;
    field.focus({ preventScroll: true });
    field.setSelectionRange(at, at + chip.dataset.gap.length);
    return;
  }
}

// A popover is drawn at the end of the page: from its button, the Tab key would lead through everything else first.
function enterPopover() {
  const body = document.querySelector('[data-testid="stPopoverBody"]');
  if (body && !body.contains(document.activeElement)) body.querySelector("input, button")?.focus();
}

function press(event) {
  const chip = event.target.closest?.("[data-gap]");
  if (chip) leadToGap(chip);
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
