// An outline being drawn, corner by corner, with the pointer or at the cross. Closed at its first corner, or by a second
// press on the last one.
const NEAR_PX = 12;
const FEWEST = 3;

function near(map, corner, xy) {
  const [x, y] = map.viewport.project(corner);
  return Math.hypot(x - xy[0], y - xy[1]) < NEAR_PX;
}

/** A press at this pixel: another corner, or the last of them. */
export function press(map, xy) {
  const {corners} = map;
  const again = corners.length > 0 && near(map, corners.at(-1), xy);
  const closes = again || (corners.length >= FEWEST && near(map, corners[0], xy));
  if (closes && corners.length < FEWEST) return map.notice(`An outline needs at least ${FEWEST} corners.`);
  if (closes) return map.outline(corners);
  map.notice('');
  return map.drawCorners([...corners, map.viewport.unproject(xy)]);
}

/** Takes the last corner back. */
export function undo(map) {
  if (map.corners.length) map.drawCorners(map.corners.slice(0, -1));
}

/** What is drawn so far, in words. */
export function cornerWords({corners, crossed}) {
  const place = crossed ? 'Enter places the next' : 'Click the next';
  if (!corners.length) return crossed ? 'Enter places the first corner at the cross.' : 'Click each corner of the outline.';
  const said = corners.length === 1 ? '1 corner' : `${corners.length} corners`;
  if (corners.length < FEWEST) return `${said}. ${place}. Backspace takes the last back.`;
  return `${said}. ${crossed ? 'Enter twice at one place' : 'Double-click, or click the first corner,'} closes it. Backspace takes the last back.`;
}
