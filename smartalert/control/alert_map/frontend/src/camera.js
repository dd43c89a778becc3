// Where the map looks. Only commands move it here; the officer's own drags and wheel are deck.gl's.
import {LinearInterpolator, WebMercatorViewport} from '@deck.gl/core';

const LIMITS = {minZoom: 7, maxZoom: 18};
const MOVE_MS = 220;
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** The view that shows all of [west, south, east, north], with room around it. */
export function viewOf([west, south, east, north], element, margin = 0.1) {
  const width = element.clientWidth || 860;
  const height = element.clientHeight || 600;
  const fitted = new WebMercatorViewport({width, height}).fitBounds([[west, south], [east, north]], {
    padding: Math.round(Math.min(width, height) * margin), maxZoom: 16.5
  });
  const {longitude, latitude, zoom} = fitted;
  return {longitude, latitude, zoom, ...LIMITS};
}

/** Moves a deck; knows where to while it is under way. */
export class Camera {
  /** onLeave is called whenever a view is left for another. */
  constructor(deck, onLeave) {
    this.deck = deck;
    this.onLeave = onLeave;
    this.target = null;
  }

  /** Goes there, gliding unless the officer asked for less motion. */
  go(view, ms = MOVE_MS) {
    const target = {...view, ...LIMITS};
    const arrived = () => {
      if (this.target !== target) return;
      this.target = null;
      this.deck.redraw('arrived');
    };
    this.target = target;
    this.onLeave();
    if (!ms || still.matches) {
      this.deck.setProps({initialViewState: target});
      return arrived();
    }
    const glide = new LinearInterpolator(['longitude', 'latitude', 'zoom']);
    const motion = {transitionDuration: ms, transitionInterpolator: glide, onTransitionEnd: arrived, onTransitionInterrupt: arrived};
    return this.deck.setProps({initialViewState: {...target, ...motion}});
  }

  /** Pixels across the screen and steps of zoom, counted from where it is going. */
  shift(dx, dy, dZoom, ms) {
    const now = this.deck.getViewports()[0];
    const from = this.target ? new WebMercatorViewport({...this.target, width: now.width, height: now.height}) : now;
    const [longitude, latitude] = from.unproject([from.width / 2 + dx, from.height / 2 + dy]);
    const zoom = Math.max(LIMITS.minZoom, Math.min(LIMITS.maxZoom, from.zoom + dZoom));
    return this.go({longitude, latitude, zoom}, ms);
  }
}
