// Renews the page each second from what the server drew, opens phones and mails, and turns knobs.
"use strict";

const $ = (id) => document.getElementById(id);
const reader = $("reader");
let held = false;
let asking = false;
let worlds = "";

async function post(path, content) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
  });
  return { ok: answer.ok, content: await answer.json() };
}

// Elements whose key is unchanged stay as they are: focus, scroll and what is being read survive.
function renew(list, items) {
  const here = new Map([...list.children].map((element) => [element.dataset.key, element]));
  const focused = document.activeElement?.dataset;
  const wanted = items.map((item) => {
    const known = here.get(item.key);
    if (known) return known;
    const mould = document.createElement("template");
    mould.innerHTML = item.html.trim();
    const element = mould.content.firstElementChild;
    element.classList.add("landed");
    return element;
  });
  if (wanted.length !== list.children.length || wanted.some((element, n) => element !== list.children[n])) {
    list.replaceChildren(...wanted);
    if (focused?.phone) list.querySelector(`[data-phone="${CSS.escape(focused.phone)}"]`)?.focus();
    if (focused?.mail) list.querySelector(`[data-mail="${CSS.escape(focused.mail)}"]`)?.focus();
  }
}

function show(drawn) {
  for (const element of document.querySelectorAll("[data-count]")) {
    element.textContent = drawn.counters[element.dataset.count];
  }
  $("curve").setAttribute("points", drawn.counters.curve);
  if (drawn.worlds !== worlds) $("worlds").innerHTML = worlds = drawn.worlds;
  const faults = drawn.faults.length;
  $("faults").textContent = faults || "none";
  $("knobs-button").classList.toggle("on", faults > 0);
  for (const button of document.querySelectorAll("[data-trouble]")) {
    button.setAttribute("aria-pressed", drawn.troubles[button.dataset.trouble].on);
  }
  if (held || reader.open) return;
  renew($("phones"), drawn.phones);
  renew($("mails"), drawn.mails);
  const searching = $("q").value !== "";
  $("no-phones").hidden = drawn.phones.length > 0;
  $("no-mails").hidden = drawn.mails.length > 0;
  document.body.classList.toggle("searching", searching);
}

async function ask() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch(`residents?q=${encodeURIComponent($("q").value)}`, { signal: AbortSignal.timeout(5000) });
    show(await answer.json());
    $("silence").hidden = true;
  } catch {
    $("silence").hidden = false;
  } finally {
    asking = false;
  }
}

async function read(path) {
  const answer = await fetch(path);
  $("reader-body").innerHTML = await answer.text();
  if (!reader.open) reader.showModal();
}

async function base64(file) {
  const url = await new Promise((done) => {
    const reading = new FileReader();
    reading.onload = () => done(reading.result);
    reading.readAsDataURL(file);
  });
  return url.slice(url.indexOf(",") + 1);
}

// The answer takes as long as a person does: show how it fares until it is there.
async function tell(form) {
  const { answer: tag, token } = form.dataset;
  const [file] = form.photo.files;
  const photo = file ? await base64(file) : "";
  const said = { saw: form.saw.value, happening_now: form.now.checked };
  const { ok, content } = await post("sim/answer", { token, tag, photo, ...said });
  if (!ok || !content.answering) {
    form.querySelector(".refused").textContent = content.error ?? "This alert can no longer be answered.";
    return;
  }
  const path = `residents/phone?token=${encodeURIComponent(token)}`;
  do {
    await read(path);
    $("reader-close").focus();
    await new Promise((done) => { setTimeout(done, 500); });
  } while (reader.open && $("reader-body").querySelector("[data-waiting]"));
  const again = $("reader-body").querySelector(`form[data-answer="${CSS.escape(tag)}"]`);
  if (again?.closest(".full").querySelector(".refused[role=status]")) {
    again.saw.value = said.saw;
    again.now.checked = said.happening_now;
    again.closest("details").open = true;
  }
}

function showKnobs(open) {
  $("knobs").hidden = !open;
  $("knobs-button").setAttribute("aria-expanded", open);
  (open ? $("knobs-title") : $("knobs-button")).focus();
}

function setKnobs(values) {
  for (const [name, value] of Object.entries(values)) {
    const input = $(name);
    input.value = "share" in input.dataset ? Math.round(value * 100) : value;
    if ("share" in input.dataset) input.nextElementSibling.textContent = `${input.value} %`;
  }
}

async function turn(knobs) {
  const { ok, content } = await post("sim/faults", knobs);
  $("refused").textContent = ok ? "" : content.error;
  setKnobs(ok ? content : await (await fetch("sim/faults")).json());
  ask();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { phone, mail, open, token, trouble } = button.dataset;
  if (phone) read(`residents/phone?token=${encodeURIComponent(phone)}`);
  if (mail) read(`residents/mail?number=${mail}`);
  if (open) {
    await post("sim/open", { token, tag: open });
    await read(`residents/phone?token=${encodeURIComponent(token)}`);
    $("reader-close").focus();
  }
  if (trouble) turn(JSON.parse(button.getAttribute("aria-pressed") === "true" ? button.dataset.back : button.dataset.knobs));
});

$("knobs").addEventListener("input", ({ target }) => {
  if ("share" in target.dataset) target.nextElementSibling.textContent = `${target.value} %`;
});
$("knobs").addEventListener("change", ({ target }) => {
  if (target.value !== "") turn({ [target.id]: "share" in target.dataset ? target.value / 100 : Number(target.value) });
});
$("knobs-button").addEventListener("click", () => showKnobs($("knobs").hidden));
$("knobs-close").addEventListener("click", () => showKnobs(false));
$("calm").addEventListener("click", () => {
  const inputs = [...$("knobs").querySelectorAll("input")];
  turn(Object.fromEntries(inputs.map((input) => [input.id, Number(input.dataset.default)])));
});
$("empty").addEventListener("click", async ({ target }) => {
  if (target.dataset.sure) {
    await post("sim/reset", { people: true });
    setKnobs(await (await fetch("sim/faults")).json());
    delete target.dataset.sure;
    target.textContent = "Empty all phones and inboxes";
    ask();
  } else {
    target.dataset.sure = "yes";
    target.textContent = target.dataset.ask;
  }
});
$("hold").addEventListener("click", ({ currentTarget }) => {
  held = !held;
  currentTarget.setAttribute("aria-pressed", held);
  currentTarget.textContent = held ? "Paused: continue" : "Pause";
});
$("reader-close").addEventListener("click", () => reader.close());
reader.addEventListener("click", (event) => event.target === reader && reader.close());
reader.addEventListener("close", () => { $("reader-body").replaceChildren(); ask(); });
$("reader-body").addEventListener("submit", (event) => {
  event.preventDefault();
  tell(event.target);
});
$("find").addEventListener("submit", (event) => event.preventDefault());
$("q").addEventListener("input", ask);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !reader.open && !$("knobs").hidden) showKnobs(false);
});

ask();
setInterval(() => { if (!document.hidden) ask(); }, 1000);
