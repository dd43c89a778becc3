// What Streamlit calls: once to show the map, again whenever Python's data changes.
import {AlertMap} from './alertmap.js';

const shown = new WeakMap();
//: The last map whose place on the page went. WebGL takes a second to begin: the next place takes this one over.
let parked = null;

function mapFor(parent) {
  const map = parked;
  parked = null;
  if (map?.moveTo(parent)) return map;
  map?.destroy();
  return new AlertMap(parent);
}

export default function render(args) {
  const {parentElement} = args;
  const map = shown.get(parentElement) ?? mapFor(parentElement);
  shown.set(parentElement, map);
  const generation = (map.generation = (map.generation ?? 0) + 1);
  map.update(args);
  // Streamlit runs a superseded call's clean-up at once: only the newest call's may end the map, and once.
  return () => {
    if (map.generation !== generation || shown.get(parentElement) !== map) return;
    shown.delete(parentElement);
    parked?.destroy();
    parked = map;
    map.park();
  };
}
