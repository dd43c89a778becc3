// What the map says in words, on screen and to a screen reader.
import {degreesText, distanceText} from './geo.js';

export const KEYS = 'Alert map. Keys: C circle, S street, P pan, arrows move, Enter places or picks.';
const HELP = {
  circle: 'Drag from the middle outwards, or click to place a circle.',
  street: 'Click a street.',
  pan: 'No area yet. Choose Circle or Street.'
};

/** The circle's radius, and whether it can go no further. */
export function sizeWords({circle, limits}) {
  const limit = {[limits.min]: ' · smallest', [limits.max]: ' · largest'}[Math.round(circle.radius_m)] ?? '';
  return distanceText(circle.radius_m) + limit;
}

/** The present area; or, by keyboard, the street that Enter would pick; or what to do first. */
export function areaWords(map) {
  const {circle, street, crossed, hovered, tool} = map;
  if (crossed && tool === 'street' && hovered && hovered.id !== street?.id) return `At the cross: ${hovered.name}. Enter picks it.`;
  if (circle) return `Circle · ${sizeWords(map)} around ${degreesText(circle.lat)}, ${degreesText(circle.lon)}`;
  if (street) return `${street.name} · ${distanceText(street.buffer_m)} either side`;
  return map.editable ? HELP[tool] : 'No area';
}
