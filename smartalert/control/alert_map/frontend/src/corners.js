// The corners of an outline that is closed: chosen, moved, added on an edge, removed, put back. Python hears of it at rest.
// The two ends of a stretch are chosen and moved likewise, along their street. As Python has them: [lat, lon].
import {nearestOnLines, nearestOnSegment} from './geo.js';

const FEWEST = 3;
const CORNER_PX = 12;
const EDGE_PX = 7;
//: A finger is wider than a pointer.
const TOUCH_PX = 22;
const NUDGE_PX = 20;

const lonLat = ([lat, lon]) => [lon, lat];
const exact = ([lon, lat]) => [+lat.toFixed(6), +lon.toFixed(6)];
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const far = ([x1, y1], [x2, y2]) => Math.hypot(x1 - x2, y1 - y2);

/** What is known of the changes: the corners that Python has, those before them, and which one is chosen. */
export function begin(settled = null) {
  return {settled, before: [], chosen: null};
}

/** The same once Python shows these corners: what it refused is forgotten, and of another outline everything. */
export function adopted({settled, before, chosen}, corners = null) {
  if (same(settled, corners)) return {settled, before, chosen};
  const at = before.findLastIndex(earlier => same(earlier, corners));
  return at < 0 ? begin(corners) : {settled: corners, before: before.slice(0, at), chosen: chosen < corners.length ? chosen : null};
}

/** A closed outline as the map draws it. */
export function shapeOf(name, corners) {
  const ring = [...corners, corners[0]].map(lonLat);
  return {name, corners, outline: {type: 'Polygon', coordinates: [ring]}};
}

/** The corners, or ends of a stretch, that may be changed now; none while another outline is being drawn. */
export function changeable({shape, street, editable, corners}) {
  return (editable && !corners.length && (street?.ends ?? shape?.corners)) || [];
}

/** Edges are for those who draw outlines or look: with the other tools a press beside one means something else. */
export function hasEdges({tool, street}) {
  return !street && (tool === 'outline' || tool === 'pan');
}

/** What a press at this pixel takes hold of: a corner, or a place on an edge, where one would be added. */
export function gripAt(map, xy, isTouch = false) {
  const corners = changeable(map);
  const pixels = corners.map(corner => map.viewport.project(lonLat(corner)));
  const reaches = pixels.map(pixel => far(pixel, xy));
  const nearest = reaches.indexOf(Math.min(...reaches));
  if (reaches[nearest] < (isTouch ? TOUCH_PX : CORNER_PX)) return {kind: 'corner', at: nearest};
  if (!hasEdges(map)) return null;
  const edges = pixels.map((pixel, i) => ({at: i, ...nearestOnSegment(xy, pixel, pixels[(i + 1) % pixels.length])}));
  const edge = edges.sort((one, other) => one.px - other.px)[0];
  if (!edge || edge.px > (isTouch ? TOUCH_PX : EDGE_PX)) return null;
  return {kind: 'edge', at: edge.at, point: map.viewport.unproject(edge.point)};
}

function show(map, corners, chosen = map.edit.chosen) {
  map.edit.chosen = chosen;
  if (map.street) map.street = {...map.street, ends: corners};
  else map.shape = map.moved = shapeOf(map.shape.name, corners);
  map.redraw();
}

/** Takes hold: of a corner, or of a new one on an edge. The corner's number. */
export function hold(map, {kind, at, point}) {
  if (kind === 'corner') return at;
  show(map, map.shape.corners.toSpliced(at + 1, 0, exact(point)), at + 1);
  return at + 1;
}

/** A corner is somewhere else, as long as it is held; an end of a stretch somewhere else on its street. */
export function moveTo(map, at, point) {
  const place = map.street ? nearestOnLines(map.street.whole, point) : point;
  show(map, changeable(map).with(at, exact(place)), at);
}

/** As Python has it again. */
export function giveUp(map) {
  show(map, map.edit.settled, null);
}

/** The outline is at rest: Python hears of it, if it is another. */
export function settle(map) {
  map.keyTimer = clearTimeout(map.keyTimer);
  const corners = changeable(map);
  if (same(corners, map.edit.settled)) return map.rest();
  map.edit.before.push(map.edit.settled);
  return tell(map, corners);
}

function tell(map, corners) {
  map.edit.settled = corners;
  map.notice('');
  map.redraw();
  if (map.street) map.tell('stretched', {ends: corners});
  else map.tell('outlined', {corners});
}

/** Chooses a corner, or none. */
export function choose(map, at) {
  map.edit.chosen = at;
  map.redraw();
}

/** Chooses the next corner, or the one before. */
export function step(map, by) {
  const {length} = changeable(map);
  if (!length) return;
  const {chosen} = map.edit;
  choose(map, chosen === null ? (by > 0 ? 0 : length - 1) : (chosen + by + length) % length);
}

/** The chosen corner, by arrow key; Python hears of it when the keys rest. */
export function nudge(map, [dx, dy], soon) {
  const at = map.edit.chosen;
  const [x, y] = map.viewport.project(lonLat(changeable(map)[at]));
  moveTo(map, at, map.viewport.unproject([x + dx * NUDGE_PX, y + dy * NUDGE_PX]));
  soon(() => settle(map));
}

/** Another corner in the middle of the edge that follows the chosen one. */
export function add(map) {
  const corners = changeable(map);
  const at = map.edit.chosen;
  if (!corners.length || at === null || map.street) return;
  const [one, other] = [corners[at], corners[(at + 1) % corners.length]].map(c => map.viewport.project(lonLat(c)));
  hold(map, {kind: 'edge', at, point: map.viewport.unproject([(one[0] + other[0]) / 2, (one[1] + other[1]) / 2])});
  settle(map);
}

/** Removes the chosen corner. */
export function remove(map) {
  const corners = changeable(map);
  const at = map.edit.chosen;
  if (!corners.length || at === null || map.street) return undefined;
  if (corners.length <= FEWEST) return map.notice(`An outline needs at least ${FEWEST} corners.`);
  show(map, corners.toSpliced(at, 1), Math.min(at, corners.length - 2));
  return settle(map);
}

/** Whether a change can be taken back. */
export function canUndo(map) {
  return changeable(map).length > 0 && map.edit.before.length > 0;
}

/** Takes the last change back. */
export function undo(map) {
  if (!changeable(map).length) return;
  settle(map); // what the keys have not told yet is a change too
  const before = map.edit.before.pop();
  if (!before) return;
  show(map, before, null);
  tell(map, before);
}
