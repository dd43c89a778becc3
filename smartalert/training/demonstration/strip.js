// The strip with the captions, at the foot of whatever page is shown; the page keeps that much room free.
(() => {
  if (window.top !== window) return;
  const HIGH = 116;
  const ROOM = `
    :root { --sa-foot: ${HIGH}px; scroll-padding-bottom: ${HIGH}px; }
    html:not(:has(.stApp)) body { padding-bottom: ${HIGH}px; box-sizing: border-box; }
    dialog { margin-top: 24px; max-height: calc(100vh - ${HIGH + 48}px) !important; }`;
  const LOOK = `
    :host { all: initial; display: block; position: fixed; inset: auto 0 0 0; width: 100%; height: ${HIGH}px; z-index: 2147483647;
      box-sizing: border-box; font: 22px/1.3 "Source Sans", system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
      color: #fff; background: #0b2a4a; border-top: 4px solid #f5a800; color-scheme: dark; }
    .all { display: flex; align-items: center; gap: 28px; height: 100%; padding: 0 28px; box-sizing: border-box; }
    .where { flex: none; width: 132px; font-size: 15px; line-height: 1.35; color: #ffd479; }
    .where b { display: block; font-size: 17px; letter-spacing: .14em; }
    p { flex: 1; margin: 0; font-size: clamp(19px, 1.75vw, 30px); text-wrap: pretty; }
    .acts { flex: none; display: flex; gap: 10px; }
    button { font: inherit; font-size: 16px; color: #fff; background: none; border: 1px solid #7f9cc0; border-radius: 8px;
      padding: 9px 14px; cursor: pointer; white-space: nowrap; }
    button:hover { background: #17406d; }
    button:focus-visible { outline: 3px solid #fff; outline-offset: 2px; }
    kbd { font: inherit; color: #c3d3e8; margin-left: 8px; }`;
  const POINTER = `
    :host { all: initial; display: none; position: fixed; left: 0; top: 0; z-index: 2147483647; pointer-events: none;
      transition: transform .45s ease-in-out; width: 44px; height: 44px; margin: -22px 0 0 -22px;
      border-radius: 50%; box-sizing: border-box; border: 5px solid #f5a800; background: rgb(245 168 0 / 22%);
      box-shadow: 0 0 0 2px rgb(11 42 74 / 75%); }
    :host(.on) { display: block; }
    @media (prefers-reduced-motion: reduce) { :host { transition: none; } }`;
  const sheet = (text) => {
    const made = new CSSStyleSheet();
    made.replaceSync(text);
    return made;
  };
  const over = (name, look) => {
    const host = document.createElement(name);
    host.popover = "manual";
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet(look)];
    document.body.append(host);
    return [host, root];
  };
  const make = (parent, tag, words = "", facts = {}) => {
    const made = document.createElement(tag);
    made.textContent = words;
    Object.entries(facts).forEach(([name, value]) => made.setAttribute(name, value));
    parent.append(made);
    return made;
  };

  const build = () => {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet(ROOM)];
    const [pointer] = over("demonstration-pointer", POINTER);
    const [host, root] = over("demonstration-strip", LOOK);
    const all = make(root, "div", "", { class: "all", role: "region", "aria-label": "Demonstration" });
    const where = make(all, "div", "", { class: "where" });
    make(where, "b", "EXERCISE");
    const part = make(where, "span");
    const words = make(all, "p", "", { role: "status", "aria-live": "polite" });
    const acts = make(all, "div", "", { class: "acts" });
    const act = (what, key) => {
      const button = make(acts, "button", "", { type: "button" });
      button.addEventListener("mousedown", (event) => event.preventDefault()); // The page's own field keeps the focus.
      button.addEventListener("click", () => window.demonstrationHears(what));
      addEventListener("keydown", (event) => {
        if (event.key !== key) return;
        event.preventDefault();
        window.demonstrationHears(what);
      }, true);
      return (label) => {
        button.textContent = `${label} `;
        make(button, "kbd", key);
      };
    };
    const [pause, step] = [act("pause", "F8"), act("step", "F9")];
    const last = (it) => {
      if (it.matches(":popover-open")) it.hidePopover();
      it.showPopover(); // The last one shown lies over every dialog.
    };
    window.demonstrationShows = (state) => {
      part.textContent = state.part;
      if (words.textContent !== state.caption) words.textContent = state.caption;
      pause(state.paused ? "Go on" : "Pause");
      step("Next step");
      last(pointer);
      last(host);
    };
    document.addEventListener("toggle", ({ target, newState }) => {
      if (target.localName === "dialog" && newState === "open") last(host);
    }, true);
    window.demonstrationPoints = (x, y) => {
      pointer.classList.add("on");
      pointer.style.transform = `translate(${x}px, ${y}px)`;
    };
    window.demonstrationHears("shown").then(window.demonstrationShows);
  };
  if (document.body) build();
  else addEventListener("DOMContentLoaded", build);
})();
