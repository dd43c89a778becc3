// Metres on the ground, degrees on the map, pixels on the screen. No state.
const EARTH_M = 6371008.8;
const RAD = Math.PI / 180;

/** Great-circle distance in metres between two [lon, lat] points. */
export function distanceM([lon1, lat1], [lon2, lat2]) {
  const dLat = (lat2 - lat1) * RAD;
  const dLon = (lon2 - lon1) * RAD;
  const a = Math.sin(dLat / 2) ** 2 + Math.cos(lat1 * RAD) * Math.cos(lat2 * RAD) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(a));
}

/** The [lon, lat] that lies so many metres from a point, on a bearing in degrees clockwise from north. */
export function destination([lon, lat], metres, bearing) {
  const d = metres / EARTH_M;
  const b = bearing * RAD;
  const p = lat * RAD;
  const lat2 = Math.asin(Math.sin(p) * Math.cos(d) + Math.cos(p) * Math.sin(d) * Math.cos(b));
  const dLon = Math.atan2(Math.sin(b) * Math.sin(d) * Math.cos(p), Math.cos(d) - Math.sin(p) * Math.sin(lat2));
  return [lon + dLon / RAD, lat2 / RAD];
}

/** Degrees clockwise from north of the way from one [lon, lat] to another. */
export function bearingOf([lon1, lat1], [lon2, lat2]) {
  const y = Math.sin((lon2 - lon1) * RAD) * Math.cos(lat2 * RAD);
  const x =
    Math.cos(lat1 * RAD) * Math.sin(lat2 * RAD) -
    Math.sin(lat1 * RAD) * Math.cos(lat2 * RAD) * Math.cos((lon2 - lon1) * RAD);
  return (Math.atan2(y, x) / RAD + 360) % 360;
}

/** A closed ring of points on a circle. */
export function circleRing(circle, points = 120) {
  const centre = [circle.lon, circle.lat];
  return Array.from({length: points + 1}, (_, i) => destination(centre, circle.radius_m, (i * 360) / points));
}

/** [west, south, east, north] of a circle. */
export function circleBounds({lon, lat, radius_m}) {
  const [north, east, south, west] = [0, 90, 180, 270].map(b => destination([lon, lat], radius_m, b));
  return [west[0], south[1], east[0], north[1]];
}

/** [west, south, east, north] of any nesting of coordinates. */
export function boundsOf(coordinates) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const visit = c => {
    if (typeof c[0] !== 'number') return c.forEach(visit);
    box[0] = Math.min(box[0], c[0]);
    box[1] = Math.min(box[1], c[1]);
    box[2] = Math.max(box[2], c[0]);
    box[3] = Math.max(box[3], c[1]);
  };
  visit(coordinates);
  return box;
}

/** "−2.11710": about a metre, with a true minus sign. */
export function degreesText(degrees) {
  return degrees.toFixed(5).replace('-', '−');
}

/** "850 m", "1.25 km". */
export function distanceText(metres) {
  return metres < 1000 ? `${Math.round(metres)} m` : `${+(metres / 1000).toFixed(2)} km`;
}

/** The [lon, lat] on lines (GeoJSON) that is nearest to a point. */
export function nearestOnLines({type, coordinates}, [lon, lat]) {
  const wide = Math.cos(lat * RAD);
  const flat = ([x, y]) => [x * wide, y];
  let best = null;
  for (const line of type === 'LineString' ? [coordinates] : coordinates) {
    for (let i = 1; i < line.length; i++) {
      const near = nearestOnSegment(flat([lon, lat]), flat(line[i - 1]), flat(line[i]));
      if (near.px <= (best?.px ?? Infinity)) best = near;
    }
  }
  return [best.point[0] / wide, best.point[1]];
}

/** The point of a pixel segment a–b that is nearest to p, and how far away it is. */
export function nearestOnSegment(p, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length2 = dx * dx + dy * dy;
  const t = length2 ? Math.max(0, Math.min(1, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length2)) : 0;
  const point = [a[0] + t * dx, a[1] + t * dy];
  return {point, px: Math.hypot(point[0] - p[0], point[1] - p[1])};
}
