// What the browser does by itself on the wording screen: put the name of a fact where the writing is, keep words at every pause.
const FIELD = ".st-key-words-form :is(textarea, input[type=text]):not(.st-key-words-bar *)";
const PAUSE_MS = 600;
let writing = null;
let pause = 0;

// Streamlit takes a field over when it is left, or at Enter; with Ctrl in a text of several lines.
function takeOver(field) {
  const ctrlKey = field.matches("textarea");
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", keyCode: 13, ctrlKey, bubbles: true, cancelable: true }));
}

function insert(words) {
  const field = writing?.isConnected ? writing : document.querySelector(FIELD);
  if (!field) return;
  const [from, to] = [field.selectionStart, field.selectionEnd];
  const text = field.value.slice(0, from) + words + field.value.slice(to);
  // React hears of a value that the browser's own setter wrote.
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  field.setSelectionRange(from + words.length, from + words.length);
}

if (!window.smartAlertWords) {
  window.smartAlertWords = true;
  document.addEventListener("focusin", ({ target }) => { if (target.matches?.(FIELD)) writing = target; });
  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.(FIELD)) return;
    clearTimeout(pause);
    pause = setTimeout(() => takeOver(target), PAUSE_MS);
  });
  document.addEventListener("click", ({ target }) => {
    const fact = target.closest?.("[data-fact]");
    if (fact) insert(fact.dataset.fact);
  });
}

export default function () {}
