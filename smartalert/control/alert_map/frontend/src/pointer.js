// Mouse, pen and finger. Listens in the capture phase, so that a drag on the drawing never reaches deck.gl's own panning.
import * as corners from './corners.js';
import {bearingOf, distanceM} from './geo.js';
import {under} from './hover.js';
import * as outline from './outline.js';
import {handleOf} from './overlay.js';
import * as several from './several.js';
import {nearestStreet} from './streets.js';

const HANDLE_PX = 14;
const EDGE_PX = 7;
const STREET_PX = 14;
const CLICK_PX = 4;

export function listen(map) {
  const {map: element} = map.parts;
  const on = (type, handle) => element.addEventListener(type, handle, true);
  on('pointerdown', e => down(map, e));
  on('pointermove', e => (map.drag ? move(map, e) : hover(map, e)));
  on('pointerup', e => up(map, e));
  on('pointercancel', e => map.drag?.id === e.pointerId && map.cancelDrag());
  on('pointerleave', () => map.drag || map.setHovered(null));
}

function pixel(map, e) {
  const box = map.parts.map.getBoundingClientRect();
  return [e.clientX - box.left, e.clientY - box.top];
}

/** What a press at this pixel would do to the circle: "resize", "move", or nothing. */
function gripAt(map, xy) {
  const {circle, viewport} = map;
  if (!circle || !map.editable || map.tool === 'outline') return null;
  const far = point => {
    const [x, y] = viewport.project(point);
    return Math.hypot(x - xy[0], y - xy[1]);
  };
  const centre = [circle.lon, circle.lat];
  if (far(handleOf(circle, map.bearing)) < HANDLE_PX) return 'resize';
  if (far(centre) < HANDLE_PX) return 'move';
  const edge = far(handleOf(circle, bearingOf(centre, viewport.unproject(xy))));
  return edge < EDGE_PX ? 'resize' : null;
}

function stop(e) {
  e.stopPropagation();
  e.preventDefault();
}

function down(map, e) {
  map.pointed(true);
  const xy = pixel(map, e);
  map.pressed = xy;
  if (e.button !== 0 || !e.isPrimary || !map.viewport || !map.editable) return;
  const held = corners.gripAt(map, xy, e.pointerType === 'touch');
  const kind = held ? 'corner' : gripAt(map, xy) ?? (map.tool === 'circle' ? 'draw' : null);
  if (!kind) return;
  map.parts.map.focus({preventScroll: true}); // preventDefault below would keep the focus elsewhere
  map.drag = {kind, id: e.pointerId, before: map.circle, bearing: map.bearing, start: xy};
  if (held) map.drag.at = corners.hold(map, held);
  if (kind === 'draw') map.drag.other = several.at(map, xy);
  map.parts.map.setPointerCapture(e.pointerId);
  // Over another area it may be a click on that one: what is drawn stays until the hand moves.
  if (kind === 'draw' && !map.drag.other) begin(map);
  stop(e);
}

/** The smallest circle, where the press is. */
function begin(map) {
  const [lon, lat] = map.viewport.unproject(map.drag.start);
  map.show({lon, lat, radius_m: map.limits.min});
}

function move(map, e) {
  const {drag} = map;
  if (e.pointerId !== drag.id) return;
  stop(e);
  const xy = pixel(map, e);
  drag.moved ||= Math.hypot(xy[0] - drag.start[0], xy[1] - drag.start[1]) > CLICK_PX;
  if (!drag.moved) return;
  if (drag.other) begin(map);
  drag.other = undefined;
  const {circle} = map;
  const point = map.viewport.unproject(xy);
  if (drag.kind === 'corner') return corners.moveTo(map, drag.at, point);
  if (drag.kind === 'move') return map.show({...circle, lon: point[0], lat: point[1]});
  const centre = [circle.lon, circle.lat];
  map.bearing = bearingOf(centre, point);
  map.show({...circle, radius_m: map.clamp(distanceM(centre, point))});
}

function up(map, e) {
  const {drag} = map;
  if (drag && e.pointerId === drag.id) {
    stop(e);
    move(map, e);
    map.drag = null;
    if (drag.kind === 'corner') {
      corners.choose(map, drag.at);
      return corners.settle(map);
    }
    if (drag.moved) return map.draw(map.circle);
    if (drag.other) return map.choose(drag.other);
    // A plain click places a circle of the last or usual size.
    return drag.kind === 'draw' ? map.draw({...map.circle, radius_m: drag.before?.radius_m ?? map.usualRadius}) : undefined;
  }
  const xy = pixel(map, e);
  const clicked = map.pressed && Math.hypot(xy[0] - map.pressed[0], xy[1] - map.pressed[1]) <= CLICK_PX;
  if (!clicked || e.button !== 0 || !map.editable) return;
  const other = several.at(map, xy);
  if (other) return map.choose(other);
  if (map.tool === 'street') map.pick(nearestStreet(map.streets, map.viewport, xy, STREET_PX));
  if (map.tool === 'outline') outline.press(map, xy);
}

function cursorOf({editable, draws, tool}, street) {
  if (!editable) return null;
  return draws ? 'crosshair' : tool === 'street' && street ? 'pointer' : null;
}

function hover(map, e) {
  if (!map.viewport || e.buttons) return;
  const xy = pixel(map, e);
  const grip = corners.gripAt(map, xy)?.kind ?? gripAt(map, xy);
  const other = grip ? undefined : several.at(map, xy);
  const {street, words} = other ? {street: null, words: `Area ${other}: click to change it`} : under(map, xy);
  map.cursor = {move: 'move', corner: 'move', edge: 'copy'}[grip] ?? (grip || other ? 'pointer' : cursorOf(map, street));
  if (map.corners.length) {
    map.pointer = map.viewport.unproject(xy);
    map.redraw();
  }
  map.setHovered(grip ? null : street, grip ? '' : words, xy);
}
