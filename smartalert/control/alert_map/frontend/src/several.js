// Of several areas one is drawn and changed, the others stand still. A click on one of those makes it the one that is.
import {boundsOf, circleRing, nearestOnSegment} from './geo.js';
import {covers} from './hover.js';

const EDGE_PX = 7;

function size({coordinates}) {
  const [west, south, east, north] = boundsOf(coordinates);
  return (east - west) * (north - south);
}

function isOnLine({type, coordinates}, viewport, xy) {
  const polygons = type === 'Polygon' ? [coordinates] : coordinates;
  return polygons.flat().some(ring => {
    const pixels = ring.map(point => viewport.project(point));
    return pixels.some((pixel, i) => i > 0 && nearestOnSegment(xy, pixels[i - 1], pixel).px <= EDGE_PX);
  });
}

/** The ground of the area that is drawn and changed now, if there is one. */
function present({circle, street, shape}) {
  return circle ? {type: 'Polygon', coordinates: [circleRing(circle)]} : street?.outline ?? shape?.outline;
}

/**
 * The number of the area that a click at this pixel chooses; nothing where it means something else. On a line that area,
 * inside several the smallest. While an area is being drawn, or the next one is to be, a click belongs to that.
 */
export function at(map, xy) {
  const {viewport, editable, tool, corners, data: {others = []}} = map;
  const own = present(map);
  if (!editable || corners.length || (!own && tool !== 'pan')) return undefined;
  const all = [...(own ? [{outline: own}] : []), ...others];
  const point = viewport.unproject(xy);
  const hit = all.filter(({outline}) => isOnLine(outline, viewport, xy));
  const met = hit.length ? hit : all.filter(({outline}) => covers(outline, point));
  return met.sort((one, other) => size(one.outline) - size(other.outline))[0]?.number;
}
