// What Streamlit calls: once to show the map, again whenever Python's data changes.
import {AlertMap} from './alertmap.js';

const shown = new WeakMap();

export default function render(args) {
  const {parentElement} = args;
  const map = shown.get(parentElement) ?? new AlertMap(parentElement);
  shown.set(parentElement, map);
  const generation = (map.generation = (map.generation ?? 0) + 1);
  map.update(args);
  // Streamlit runs a superseded call's clean-up at once: only the newest call's may end the map.
  return () => {
    if (map.generation !== generation) return;
    map.destroy();
    shown.delete(parentElement);
  };
}
