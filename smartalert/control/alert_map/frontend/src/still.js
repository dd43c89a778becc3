// A picture of the map until WebGL has begun: land, borders and the area, by plain canvas.
import {WebMercatorViewport} from '@deck.gl/core';
import {circleRing} from './geo.js';

//: Layer of the Deck → the colours that it is filled and drawn with.
const PAINT = {
  outside: ['OUTSIDE'], neighbourhoods: [null, 'NEIGHBOURHOOD'], boundary: [null, 'BOUNDARY'],
  'live-alerts': ['LIVE_ALERT_FILL', 'LIVE_ALERT']
};
const css = ([r, g, b, a = 255]) => `rgb(${r} ${g} ${b} / ${a / 255})`;

/** Every line of a GeoJSON object, as lists of [lon, lat]; lines of one shape come together. */
function* shapes(geo) {
  if (geo.type === 'FeatureCollection') for (const feature of geo.features) yield* shapes(feature.geometry);
  else if (geo.type === 'GeometryCollection') for (const part of geo.geometries) yield* shapes(part);
  else if (geo.type === 'Feature') yield* shapes(geo.geometry);
  else if (geo.type === 'MultiPolygon') for (const part of geo.coordinates) yield part;
  else if (geo.type === 'LineString') yield [geo.coordinates];
  else if (geo.coordinates) yield geo.coordinates;
}

/** A canvas of the map's size with what the layers' JSON holds, in this view. */
export function still({layers, view, element, theme, circle, areas}) {
  const {clientWidth: width, clientHeight: height} = element;
  const canvas = document.createElement('canvas');
  const sharp = window.devicePixelRatio;
  Object.assign(canvas, {className: 'am-still', width: width * sharp, height: height * sharp});
  const pen = canvas.getContext('2d');
  const viewport = new WebMercatorViewport({width, height, ...view});
  pen.scale(sharp, sharp);
  const draw = (lines, fill, stroke, line = 1.2) => {
    const path = new Path2D();
    for (const points of lines) points.forEach((point, i) => path[i ? 'lineTo' : 'moveTo'](...viewport.project(point)));
    Object.assign(pen, {fillStyle: fill, strokeStyle: stroke, lineWidth: line});
    if (fill) pen.fill(path, 'evenodd');
    if (stroke) pen.stroke(path);
  };
  for (const {id, data} of layers) {
    const [fill, stroke] = (PAINT[id] ?? []).map(name => name && css(theme.colours[name]));
    if (PAINT[id] && typeof data === 'object') for (const lines of shapes(data)) draw(lines, fill, stroke);
  }
  const drawn = [circle && {type: 'LineString', coordinates: circleRing(circle)}, ...areas].filter(Boolean);
  const {ACCENT} = theme.colours;
  for (const area of drawn) for (const lines of shapes(area)) draw(lines, css([...ACCENT, 24]), css(ACCENT), 2.5);
  return canvas;
}
