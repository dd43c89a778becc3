// About how many people are where an area is being moved to: from tens of neighbours, so that no home ever comes here.
import {root as address} from './deckjson.js';
import {boundsOf, nearestOnSegment} from './geo.js';

//: Zoom of the tiles of people who hear of what is at their places; and of those who want to hear of what is around them.
const AT_PLACES = 12;
const AROUND = 10;
const FARTHEST_M = 3000;
//: How far ahead of the hand tiles are asked for, so that its figure is there when it comes.
const AHEAD_M = 1000;
//: A ten's middle is known to 50 m: at the rim it counts by how much of that lies within.
const RIM_M = 25;
const KEPT_MS = 60_000;
const DEGREE_M = 111_195;
const RAD = Math.PI / 180;

function tileAt([lon, lat], z) {
  const y = (1 - Math.asinh(Math.tan(lat * RAD)) / Math.PI) / 2;
  return [((lon + 180) / 360) * 2 ** z, y * 2 ** z].map(Math.floor);
}

/** Names of the tiles that hold a box [west, south, east, north] and so many metres around it. */
function tilesOf([west, south, east, north], metres, z) {
  const up = metres / DEGREE_M;
  const along = up / Math.cos(north * RAD);
  const [left, top] = tileAt([west - along, north + up], z);
  const [right, bottom] = tileAt([east + along, south - up], z);
  const names = [];
  for (let x = left; x <= right; x++) for (let y = top; y <= bottom; y++) names.push(`${z}/${x}/${y}`);
  return names;
}

/** A circle {lon, lat, radius_m}, lines with metres around them, or polygons, in metres on a plane that touches them. */
export class Shape {
  constructor({circle, lines, metres = 0, outline}) {
    this.metres = circle?.radius_m ?? metres;
    const rings = outline && (outline.type === 'Polygon' ? outline.coordinates : outline.coordinates.flat());
    const paths = circle ? [[[circle.lon, circle.lat]]] : lines ?? rings;
    this.box = boundsOf(paths);
    this.scale = Math.cos((this.box[1] + this.box[3]) / 2 * RAD) * DEGREE_M;
    this.paths = paths.map(path => path.map(point => this.flat(point)));
    this.isFilled = Boolean(outline);
  }
  flat([lon, lat]) {
    return [(lon - this.box[0]) * this.scale, (lat - this.box[1]) * DEGREE_M];
  }

  get m2() {
    const along = this.paths.reduce((sum, path) => sum + path.reduce((all, [x, y], i) => all + (i ? Math.hypot(x - path[i - 1][0], y - path[i - 1][1]) : 0), 0), 0);
    const held = path => path.reduce((all, [x, y], i) => all + (i ? path[i - 1][0] * y - x * path[i - 1][1] : 0), 0) / 2;
    return this.isFilled ? Math.abs(this.paths.reduce((sum, path) => sum + held(path), 0)) : this.metres * (2 * along + Math.PI * this.metres);
  }

  /** 0…1: how much of a ten lies within, if its people want to hear of what is so many metres away. */
  share(point, reach_m) {
    const most = this.metres + reach_m + RIM_M;
    const [x, y] = this.flat(point);
    const [right, top] = this.flat([this.box[2], this.box[3]]);
    if (x < -most || y < -most || x > right + most || y > top + most) return 0;
    const out = this.distance([x, y]) - this.metres - reach_m;
    return Math.min(1, Math.max(0, (RIM_M - out) / (2 * RIM_M)));
  }
  /** Metres from the lines or the point; from polygons less than 0 inside. */
  distance(p) {
    let near = Infinity;
    let inside = false;
    for (const path of this.paths) {
      if (path.length === 1) near = Math.hypot(p[0] - path[0][0], p[1] - path[0][1]);
      for (let i = 1; i < path.length; i++) {
        const [a, b] = [path[i - 1], path[i]];
        near = Math.min(near, nearestOnSegment(p, a, b).px);
        if (a[1] > p[1] !== b[1] > p[1] && p[0] < a[0] + ((p[1] - a[1]) / (b[1] - a[1])) * (b[0] - a[0])) inside = !inside;
      }
    }
    return this.isFilled && inside ? -near : near;
  }
}

/** Which part of those with another place about so far away is counted there already, in an area as large as a circle. */
function countedTwice(apart_m, radius_m) {
  const t = apart_m / 2 / radius_m;
  return apart_m && t < 1 ? (2 / Math.PI) * (Math.acos(t) - t * Math.sqrt(1 - t * t)) : 0;
}

/** Two figures, tens at least: none that moves on because of one person. */
export function rounded(people) {
  const step = 10 ** Math.max(1, Math.floor(Math.log10(people || 1)) - 1);
  return Math.round(people / step) * step;
}

export function aboutWords(people) {
  return people < 20 ? 'under 20 people' : `about ${rounded(people).toLocaleString('en-GB')} people`;
}

export class Tens {
  constructor(came) {
    this.came = came;
    this.ask('');
  }
  /** Another choice of people: what is known is of others. */
  ask(url) {
    if (url === this.url) return;
    this.url = url;
    this.tiles = new Map();
  }

  /** About how many people are within any of the shapes, of which the others stand still; null until that is known. */
  about(shape, others) {
    const shapes = [shape, ...others];
    const needed = ahead_m => shapes.flatMap(({box, metres}) => [
      ...tilesOf(box, metres + ahead_m, AT_PLACES), ...tilesOf(box, metres + ahead_m + FARTHEST_M, AROUND)]);
    const tiles = [...new Set(needed(0))].map(name => this.tile(name));
    for (const name of needed(AHEAD_M)) this.tile(name);
    if (!tiles.every(Boolean)) return null;
    const radius_m = Math.sqrt(shapes.reduce((sum, one) => sum + one.m2, 0) / Math.PI);
    return tiles.flat().reduce((sum, tens) => sum + (1 - countedTwice(tens.apart_m, radius_m + tens.reach_m)) * this.within(tens, shape, others), 0);
  }
  within(tens, shape, others) {
    if (tens.others !== others) {
      tens.others = others;
      tens.still = tens.at.map(point => Math.max(0, ...others.map(other => other.share(point, tens.reach_m))));
    }
    return 10 * tens.at.reduce((sum, point, i) => sum + Math.max(tens.still[i], shape.share(point, tens.reach_m)), 0);
  }

  tile(name) {
    const known = this.tiles.get(name);
    if (!known || performance.now() - known.since > KEPT_MS) this.fetch(name, known?.tens);
    return this.tiles.get(name).tens;
  }
  async fetch(name, before) {
    const {tiles} = this;
    tiles.set(name, {since: performance.now(), tens: before});
    const answer = await fetch(address + this.url.replace('{tile}', name)).catch(() => null);
    if (!answer?.ok) return;
    tiles.set(name, {since: performance.now(), tens: await answer.json()});
    if (tiles === this.tiles) this.came();
  }
}
