// What the officer draws: the circle with its handles, the picked street, the street under the pointer.
import {PathStyleExtension} from '@deck.gl/extensions';
import {GeoJsonLayer, PathLayer, PolygonLayer, ScatterplotLayer, TextLayer} from '@deck.gl/layers';
import {boundsOf, circleRing, destination} from './geo.js';

const outline = {jointRounded: true, capRounded: true, widthUnits: 'pixels', pickable: false};

/** Where the handle on the edge sits. */
export function handleOf(circle, bearing) {
  return destination([circle.lon, circle.lat], circle.radius_m, bearing);
}

function circleLayers(circle, bearing, colours, editable) {
  const ring = [circleRing(circle)];
  const centre = [circle.lon, circle.lat];
  const handle = handleOf(circle, bearing);
  const {ACCENT, HALO} = colours;
  const line = (id, data, getColor, getWidth, more = {}) =>
    new PathLayer({...outline, id, data, getPath: d => d, getColor, getWidth, ...more});
  const area = [
    new PolygonLayer({id: 'area-fill', data: ring, getPolygon: d => d, getFillColor: [...ACCENT, 24], stroked: false, pickable: false}),
    line('area-halo', ring, HALO, 6),
    line('area-edge', ring, ACCENT, 2.5)
  ];
  if (!editable) return area;
  const dots = (id, data, getRadius, getFillColor, getLineColor) =>
    new ScatterplotLayer({id, data, getPosition: d => d, radiusUnits: 'pixels', lineWidthUnits: 'pixels', getRadius, stroked: true,
      getLineWidth: 3, getFillColor, getLineColor, pickable: false});
  return [
    ...area,
    line('area-radius', [[centre, handle]], ACCENT, 1.5, {getDashArray: [5, 4], extensions: [new PathStyleExtension({dash: true, highPrecisionDash: true})]}),
    dots('area-centre', [centre], 5, ACCENT, HALO),
    dots('area-handle', [handle], 8, [255, 255, 255], ACCENT)
  ];
}

function streetLayers({line, outline: around, whole}, {ACCENT, HALO}) {
  const feature = geometry => ({type: 'Feature', geometry, properties: {}});
  const geo = (id, geometry, props) =>
    geometry ? [new GeoJsonLayer({id, data: feature(geometry), pickable: false, lineWidthUnits: 'pixels', lineJointRounded: true,
      lineCapRounded: true, ...props})] : [];
  return [
    ...geo('street-whole', whole, {getLineColor: [...ACCENT, 130], getLineWidth: 2}),
    ...geo('street-area', around, {filled: true, stroked: true, getFillColor: [...ACCENT, 28], getLineColor: ACCENT, getLineWidth: 2}),
    ...geo('street-halo', line, {getLineColor: HALO, getLineWidth: 8}),
    ...geo('street-line', line, {getLineColor: ACCENT, getLineWidth: 4.5})
  ];
}

function shapeLayers(id, outline, {ACCENT, HALO}) {
  const data = {type: 'Feature', geometry: outline, properties: {}};
  const common = {data, pickable: false, lineWidthUnits: 'pixels', lineJointRounded: true};
  return [
    new GeoJsonLayer({...common, id: `${id}-halo`, filled: false, getLineColor: HALO, getLineWidth: 6}),
    new GeoJsonLayer({...common, id, filled: true, getFillColor: [...ACCENT, 24], getLineColor: ACCENT, getLineWidth: 2.5})
  ];
}

/** The parts of the area that stand still, each with its number. */
function otherLayers(others, {colours, font}) {
  const middles = others.map(({number, outline: ring}) => {
    const [west, south, east, north] = boundsOf(ring.coordinates);
    return {text: `${number}`, position: [(west + east) / 2, (south + north) / 2]};
  });
  return [
    ...others.flatMap(({number, outline: ring}) => shapeLayers(`other-${number}`, ring, colours)),
    new TextLayer({id: 'other-numbers', data: middles, getText: d => d.text, getPosition: d => d.position, getSize: 17, sizeUnits: 'pixels',
      fontFamily: font, fontWeight: 700, characterSet: '0123456789', getColor: colours.ACCENT, outlineColor: colours.HALO, outlineWidth: 6,
      fontSettings: {sdf: true, fontSize: 64, buffer: 12, radius: 16, smoothing: 0.1}, pickable: false})
  ];
}

/** An outline being drawn: its corners, the lines between them, and the line to where the pointer is. */
function cornerLayers(corners, at, {ACCENT, HALO}) {
  const path = [at ? [...corners, at] : corners];
  const line = (id, getColor, getWidth) => new PathLayer({...outline, id, data: path, getPath: d => d, getColor, getWidth});
  return [
    line('corners-halo', HALO, 6),
    line('corners-line', ACCENT, 2.5),
    new ScatterplotLayer({id: 'corners', data: corners, getPosition: d => d, radiusUnits: 'pixels', lineWidthUnits: 'pixels', stroked: true,
      getRadius: d => (d === corners[0] ? 8 : 5), getLineWidth: 3, getFillColor: [255, 255, 255], getLineColor: ACCENT, pickable: false})
  ];
}

/** A closed outline's corners, the chosen one filled, and a smaller dot on each edge, where another can be drawn out. */
function gripLayers({corners, hasEdges, chosen}, {ACCENT}) {
  const points = corners.map(([lat, lon]) => [lon, lat]);
  const middle = ([x1, y1], [x2, y2]) => [(x1 + x2) / 2, (y1 + y2) / 2];
  const dots = (id, data, more) =>
    new ScatterplotLayer({id, data, radiusUnits: 'pixels', lineWidthUnits: 'pixels', stroked: true, getLineColor: ACCENT, pickable: false, ...more});
  const edges = points.map((point, i) => middle(point, points[(i + 1) % points.length]));
  return [
    ...(hasEdges ? [dots('shape-edges', edges, {getPosition: d => d, getRadius: 3.5, getLineWidth: 1.5, getFillColor: [255, 255, 255, 220]})] : []),
    dots('shape-corners', points.map((point, i) => ({point, chosen: i === chosen})), {getPosition: d => d.point,
      getRadius: d => (d.chosen ? 9 : 6.5), getLineWidth: 3, getFillColor: d => (d.chosen ? ACCENT : [255, 255, 255])})
  ];
}

/** Layers above the map for the present drawing. */
export function overlayLayers({circle, street, shape, changeable, others, corners, at, bearing, hovered, pieces, theme, editable}) {
  const layers = [];
  if (hovered) {
    const data = pieces.filter(p => p.id === hovered.id);
    layers.push(new PathLayer({...outline, id: 'street-hover', data, getPath: p => p.path, getColor: [...theme.colours.ACCENT, 190], getWidth: 5}));
  }
  if (others.length) layers.push(...otherLayers(others, theme));
  if (shape) layers.push(...shapeLayers('shape', shape.outline, theme.colours));
  if (street) layers.push(...streetLayers(street, theme.colours));
  if (changeable.corners.length) layers.push(...gripLayers(changeable, theme.colours));
  if (circle) layers.push(...circleLayers(circle, bearing, theme.colours, editable));
  if (corners.length) layers.push(...cornerLayers(corners, at, theme.colours));
  return layers;
}
