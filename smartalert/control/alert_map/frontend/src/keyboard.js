// The whole map by keyboard; only while the map itself has the focus.
import * as corners from './corners.js';
import * as outline from './outline.js';
import {nearestStreet} from './streets.js';

const PAN_PX = 90;
const NUDGE_PX = 20;
const WAIT_MS = 300;
const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
const TOOL_OF = {c: 'circle', s: 'street', o: 'outline', p: 'pan'};

/** Steps grow with the radius, so that both a house row and a town are few presses away. */
function radiusStep(radius) {
  return radius < 200 ? 10 : radius < 1000 ? 50 : 100;
}

function centrePixel({width, height}) {
  return [width / 2, height / 2];
}

/** The street nearest to the middle of the map, however far. */
export function streetAtCentre(map) {
  const {viewport} = map;
  return nearestStreet(map.streets, viewport, centrePixel(viewport), Math.max(viewport.width, viewport.height));
}

function soon(map, does = () => map.draw(map.circle)) {
  clearTimeout(map.keyTimer);
  map.keyTimer = setTimeout(does, WAIT_MS);
  map.readout();
}

/** The map moves on: what it said of the street at the cross holds no longer, until it stands still. */
function shift(map, ...by) {
  map.setHovered(null);
  return map.camera.shift(...by);
}

function arrow(map, [dx, dy], nudge) {
  const {circle, viewport} = map;
  if (!nudge) return shift(map, dx * PAN_PX, dy * PAN_PX, 0, 0);
  if (corners.changeable(map).length && map.edit.chosen !== null) return corners.nudge(map, [dx, dy], does => soon(map, does));
  if (!circle || !map.editable) return undefined;
  const [x, y] = viewport.project([circle.lon, circle.lat]);
  const [lon, lat] = viewport.unproject([x + dx * NUDGE_PX, y + dy * NUDGE_PX]);
  map.show({...circle, lon, lat});
  return soon(map);
}

function resize(map, sign) {
  const {circle} = map;
  if (!circle || !map.editable) return;
  const step = radiusStep(sign > 0 ? circle.radius_m : circle.radius_m - 1);
  map.show({...circle, radius_m: map.clamp(Math.round(circle.radius_m / step) * step + sign * step)});
  soon(map);
}

function enter(map) {
  if (!map.editable) return;
  // What the map has said it would pick, though streets that have come since may lie nearer.
  if (map.tool === 'street') map.pick((map.crossed && map.hovered) || streetAtCentre(map));
  if (map.tool === 'outline') outline.press(map, centrePixel(map.viewport));
  if (map.tool !== 'circle') return;
  const [lon, lat] = map.viewport.unproject(centrePixel(map.viewport));
  map.draw({lon, lat, radius_m: map.circle?.radius_m ?? map.usualRadius});
}

const KEYS = {
  '+': map => shift(map, 0, 0, 0.5),
  '=': map => shift(map, 0, 0, 0.5),
  '-': map => shift(map, 0, 0, -0.5),
  _: map => shift(map, 0, 0, -0.5),
  0: map => map.showAll(),
  '[': map => resize(map, -1),
  ']': map => resize(map, 1),
  Enter: enter,
  n: map => corners.step(map, 1),
  N: map => corners.step(map, -1),
  i: map => corners.add(map),
  Insert: map => corners.add(map),
  Delete: map => corners.remove(map),
  Backspace: map => map.takeBack(),
  Escape: map => map.cancel()
};

export function listen(map) {
  map.parts.map.addEventListener('keydown', e => {
    if (!map.viewport || e.ctrlKey || e.metaKey || e.altKey) return;
    const arrows = ARROWS[e.key];
    const tool = map.editable && TOOL_OF[e.key.toLowerCase()];
    if (arrows) arrow(map, arrows, e.shiftKey);
    else if (tool) map.setTool(tool);
    else if (KEYS[e.key]) KEYS[e.key](map);
    else return;
    e.preventDefault();
    e.stopPropagation();
    map.pointed(false);
  }, true);
  map.parts.map.addEventListener('blur', () => map.pointed(true));
}
