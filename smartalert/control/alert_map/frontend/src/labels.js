// Which names are written where: places first, then streets along their middle, none over another.
import {TextLayer} from '@deck.gl/layers';

const STREETS_FROM_ZOOM = 13.6;
const STREET_PX = 11.5;
const MOST_STREETS = 70;
const PLACE_PX = [19, 16, 14, 12.5, 11.5, 11.5];
const PLACES_TO_ZOOM = 15.2; // closer than this, a town's name would seem to name a street
//: Rank of a school's name: below its mark, in its colour.
const SCHOOL = 5;
const SCHOOLS_FROM_ZOOM = 14.4;
const pen = document.createElement('canvas').getContext('2d');

function widthPx(text, size, weight, font) {
  pen.font = `${weight} ${size}px ${font}`;
  return pen.measureText(text).width;
}

/** Small circles along a name stand for its box: a turned box is then as easy to test as a level one. */
function spots([x, y], angle, width, size) {
  const r = size * 0.62;
  const n = Math.max(1, Math.round(width / (2 * r)));
  const [dx, dy] = [Math.cos(angle), -Math.sin(angle)];
  return Array.from({length: n}, (_, i) => {
    const along = ((i + 0.5) / n - 0.5) * width;
    return {x: x + dx * along, y: y + dy * along, r};
  });
}

class Room {
  constructor({width, height}) {
    Object.assign(this, {width, height, taken: []});
  }
  take(wanted, gap) {
    const outside = wanted.some(s => s.x < 0 || s.y < 0 || s.x > this.width || s.y > this.height);
    const clash = s => this.taken.some(t => (s.x - t.x) ** 2 + (s.y - t.y) ** 2 < (s.r + t.r + gap) ** 2);
    if (outside || wanted.some(clash)) return false;
    this.taken.push(...wanted);
    return true;
  }
}

function pointAlong(pixels, lengths, distance) {
  let i = 1;
  while (i < pixels.length - 1 && lengths[i] < distance) i++;
  const t = (distance - lengths[i - 1]) / (lengths[i] - lengths[i - 1] || 1);
  const [a, b] = [pixels[i - 1], pixels[i]];
  return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
}

/** Where a name of some width fits along a line and how it is turned; null where the line is too short or too bent. */
function seat(pixels, width) {
  const lengths = [0];
  for (let i = 1; i < pixels.length; i++)
    lengths.push(lengths[i - 1] + Math.hypot(pixels[i][0] - pixels[i - 1][0], pixels[i][1] - pixels[i - 1][1]));
  const total = lengths.at(-1);
  if (total < width * 1.05) return null;
  const [a, at, b] = [-0.5, 0, 0.5].map(k => pointAlong(pixels, lengths, total / 2 + k * width));
  if (Math.hypot(b[0] - a[0], b[1] - a[1]) < width * 0.94) return null;
  let angle = Math.atan2(a[1] - b[1], b[0] - a[0]);
  if (Math.abs(angle) > Math.PI / 2) angle -= Math.sign(angle) * Math.PI; // never upside down
  return {at, angle, total};
}

function seatPlaces(places, viewport, room, font) {
  const shown = places.filter(p => viewport.zoom >= (p.min_zoom ?? 0) && viewport.zoom < (p.max_zoom ?? PLACES_TO_ZOOM));
  return shown.sort((a, b) => a.rank - b.rank).filter(place => {
    const size = PLACE_PX[place.rank] ?? PLACE_PX.at(-1);
    const [x, y] = viewport.project([place.lon, place.lat]);
    return room.take(spots([x, y + (place.below ?? 0)], 0, widthPx(place.name, size, 600, font), size), 5);
  });
}

function seatStreets(pieces, viewport, room, font) {
  if (viewport.zoom < STREETS_FROM_ZOOM) return [];
  const seats = pieces.filter(s => s.name).flatMap(street => {
    const width = widthPx(street.name, STREET_PX, 500, font);
    const found = seat(street.path.map(c => viewport.project(c)), width);
    return found ? [{...found, width, id: street.id, name: street.name, rank: street.rank}] : [];
  });
  seats.sort((a, b) => a.rank - b.rank || b.total - a.total);
  const named = new Set();
  const kept = seats.filter(s => {
    if (named.size >= MOST_STREETS || named.has(s.id) || !room.take(spots(s.at, s.angle, s.width, STREET_PX), 2)) return false;
    return named.add(s.id);
  });
  return kept.map(s => ({name: s.name, position: viewport.unproject(s.at), angle: (s.angle * 180) / Math.PI}));
}

/** A school's name, written under its mark once there is room for it. */
export function schoolName(school) {
  return {...school, rank: SCHOOL, min_zoom: SCHOOLS_FROM_ZOOM, max_zoom: 99, below: 17};
}

/** The names that fit the view, seated afresh. */
export function seatNames({places, pieces, viewport, font}) {
  const room = new Room(viewport);
  return {places: seatPlaces(places, viewport, room, font), streets: seatStreets(pieces, viewport, room, font)};
}

/** A place's letters as CSS says them. */
export function placeFont({rank}, font) {
  return `600 ${PLACE_PX[rank] ?? PLACE_PX.at(-1)}px ${font}`;
}

/** Text layers for seated names. */
export function nameLayers(names, {colours, font}) {
  const common = {
    fontFamily: font, characterSet: 'auto', sizeUnits: 'pixels', outlineColor: colours.HALO, pickable: false,
    fontSettings: {sdf: true, fontSize: 64, buffer: 12, radius: 16, smoothing: 0.1}, outlineWidth: 6
  };
  return [
    new TextLayer({...common, id: 'names-streets', data: names.streets, fontWeight: 500, getText: s => s.name, getSize: STREET_PX,
      getPosition: s => s.position, getAngle: s => s.angle, getColor: colours.LABEL_MINOR}),
    new TextLayer({...common, id: 'names-places', data: names.places, fontWeight: 600, getText: p => p.name,
      getSize: p => PLACE_PX[p.rank] ?? PLACE_PX.at(-1), getPosition: p => [p.lon, p.lat],
      getPixelOffset: p => [0, p.below ?? 0],
      getColor: p => (p.rank === SCHOOL ? colours.SCHOOL : p.rank < 3 ? colours.LABEL : colours.LABEL_MINOR)})
  ];
}
