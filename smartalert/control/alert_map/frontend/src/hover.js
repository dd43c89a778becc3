// What lies under the pointer, found by arithmetic: deck.gl's picking draws the map a second time, too slow where there is no graphics card.
import {nearestStreet} from './streets.js';

const STREET_PX = 14;

function inRing([x, y], ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Whether a polygon, or one of several, holds this [lon, lat]. */
export function covers({type, coordinates}, point) {
  const polygons = {Polygon: [coordinates], MultiPolygon: coordinates}[type] ?? [];
  return polygons.some(([outer, ...holes]) => inRing(point, outer) && !holes.some(hole => inRing(point, hole)));
}

function liveAlertAt(layers, viewport, xy) {
  const features = layers.find(layer => layer.id === 'live-alerts')?.props.data.features ?? [];
  const point = viewport.unproject(xy);
  return features.find(({geometry}) => geometry && covers(geometry, point));
}

/** The street under the pointer, if streets may be named now, and the words to show there. */
export function under(map, xy) {
  const {base, viewport} = map;
  const street = map.namesStreets ? nearestStreet(map.streets, viewport, xy, STREET_PX) : null;
  const words = map.ground?.markAt(xy) ?? street?.name ?? liveAlertAt(base, viewport, xy)?.properties.title;
  return {street, words: words ?? ''};
}
