// What one hears when an alert has been confirmed, and when one waits for this approver: live and training sound as
// different as they look. Made here, not fetched. Nothing sounds before the officer has done something, or once they have switched it off.
(() => {
  const KEPT = "smartalert-sound";
  // Frequencies in hertz, one after the other.
  const SOUNDS = {
    live: { notes: [659, 880, 1175], wave: "triangle", each_s: 0.15, loud: 0.22 },
    training: { notes: [523, 392], wave: "sine", each_s: 0.24, loud: 0.1 },
  };
  const CALLS = {
    live: { notes: [988, 740, 988, 740, 988, 740], wave: "triangle", each_s: 0.2, loud: 0.22 },
    training: { notes: [587, 440, 587, 440], wave: "sine", each_s: 0.26, loud: 0.12 },
  };
  const heard = new Set();
  let context = null;

  const mode = () => (document.documentElement.classList.contains("sa-live") ? "live" : "training");
  // Whoever asks for a calm screen gets a silent one, unless they switch the sound on.
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const isOn = () => (localStorage.getItem(KEPT) ?? (calm() ? "off" : "on")) === "on";

  function play(sounds = SOUNDS) {
    if (!isOn() || !navigator.userActivation.hasBeenActive) return;
    context ??= new AudioContext();
    context.resume();
    const { notes, wave, each_s, loud } = sounds[mode()];
    notes.forEach((hertz, place) => {
      const from = context.currentTime + place * each_s;
      const tone = new OscillatorNode(context, { type: wave, frequency: hertz });
      const volume = new GainNode(context, { gain: 0 });
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(loud, from + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, from + each_s * 1.4);
      tone.connect(volume).connect(context.destination);
      tone.start(from);
      tone.stop(from + each_s * 1.5);
    });
  }

  function look() {
    for (const button of document.querySelectorAll("[data-sound]")) {
      const on = String(isOn());
      if (button.getAttribute("aria-pressed") === on) continue;
      button.setAttribute("aria-pressed", on);
      button.querySelector(".sa-icon").textContent = isOn() ? "volume_up" : "volume_off";
    }
    // The ten seconds of an alert that has just been confirmed; drawn again and again, they are still the same.
    for (const place of document.querySelectorAll("[data-hold] [data-until]")) {
      if (heard.has(place.dataset.until)) continue;
      heard.add(place.dataset.until);
      if (Number(place.dataset.until) > Date.now()) play();
    }
    const calls = [...document.querySelectorAll("[data-call]")].flatMap((place) => place.dataset.call.split(" "));
    const fresh = calls.map((request) => `request ${request}`).filter((call) => !heard.has(call));
    fresh.forEach((call) => heard.add(call));
    if (fresh.length) play(CALLS);
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-sound]")) return;
    localStorage.setItem(KEPT, isOn() ? "off" : "on");
    look();
    play();
  });
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
})();
