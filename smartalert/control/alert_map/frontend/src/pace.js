// How often the map looks whether it has to be drawn: sixty times a second while something happens on it, ten at rest.
// deck.gl alone would look at every frame, all day long, on every screen that an officer leaves open.
const AWAKE_MS = 500;
const REST_MS = 100;
const HAPPENS = ['pointerdown', 'pointermove', 'pointerup', 'wheel', 'keydown', 'touchstart', 'touchmove', 'click', 'focusin'];

/** What deck.gl asks for its next frame, for a map in this element. */
export class Pace {
  constructor(element) {
    this.until = 0;
    this.waiting = null;
    for (const kind of HAPPENS) element.addEventListener(kind, () => this.wake(), {capture: true, passive: true});
  }

  /** Something happens: the next frame comes at once, and so do those of the next moment. */
  wake() {
    this.until = performance.now() + AWAKE_MS;
    if (!this.waiting?.timer) return;
    clearTimeout(this.waiting.timer);
    this.frame(this.waiting);
  }

  requestAnimationFrame(draw) {
    if (this.waiting) this.cancelAnimationFrame(this.waiting); // one at a time
    const asked = (this.waiting = {draw});
    if (performance.now() < this.until) this.frame(asked);
    else asked.timer = setTimeout(() => this.frame(asked), REST_MS);
    return asked;
  }

  cancelAnimationFrame(asked) {
    clearTimeout(asked.timer);
    cancelAnimationFrame(asked.id);
  }

  frame(asked) {
    asked.timer = null;
    asked.id = requestAnimationFrame(asked.draw);
  }
}
