// What the map says in words, on screen and to a screen reader.
import {changeable} from './corners.js';
import {degreesText, distanceText} from './geo.js';
import {cornerWords} from './outline.js';

export const KEYS = 'Alert map. Keys: C circle, S street, O outline, P pan, arrows move, Enter places or picks.';
const HELP = {
  circle: 'Drag from the middle outwards, or click to place a circle.',
  street: 'Click a street.',
  pan: 'No area yet. Choose Circle, Street or Outline.'
};

/** The circle's radius, and whether it can go no further. */
export function sizeWords({circle, limits}) {
  const limit = {[limits.min]: ' · smallest', [limits.max]: ' · largest'}[Math.round(circle.radius_m)] ?? '';
  return distanceText(circle.radius_m) + limit;
}

/** The chosen corner or end, and what can be done with it. */
function chosenWords({shape, street, crossed, edit}, [lat, lon]) {
  if (street) return `End ${edit.chosen + 1} of 2 · ${degreesText(lat)}, ${degreesText(lon)}${crossed ? '. Shift and arrows move it.' : ''}`;
  const said = `Corner ${edit.chosen + 1} of ${shape.corners.length} · ${degreesText(lat)}, ${degreesText(lon)}`;
  return crossed ? `${said}. Shift and arrows move it, I adds one after it, Delete removes it.` : said;
}

/** The present area; or, by keyboard, the street that Enter would pick; or what to do first. */
export function areaWords(map) {
  const {circle, street, shape, corners, crossed, hovered, tool, data} = map;
  if (corners.length) return cornerWords(map);
  const chosen = changeable(map)[map.edit.chosen];
  if (chosen) return chosenWords(map, chosen);
  if (crossed && tool === 'street' && hovered && hovered.id !== street?.id) return `At the cross: ${hovered.name}. Enter picks it.`;
  if (circle) return `Circle · ${sizeWords(map)} around ${degreesText(circle.lat)}, ${degreesText(circle.lon)}`;
  if (street) return `${street.name} · ${distanceText(street.buffer_m)} either side${crossed && street.ends ? '. N chooses an end.' : ''}`;
  if (shape) return crossed && changeable(map).length ? `${shape.name}. N chooses a corner.` : shape.name;
  if (!map.editable) return data.label || 'No area';
  const others = data.others?.length ? 'The next area. ' : '';
  return others + (HELP[tool] ?? cornerWords(map));
}
