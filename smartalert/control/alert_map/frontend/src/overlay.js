// What the officer draws: the circle with its handles, the picked street, the street under the pointer.
import {PathStyleExtension} from '@deck.gl/extensions';
import {GeoJsonLayer, PathLayer, PolygonLayer, ScatterplotLayer} from '@deck.gl/layers';
import {circleRing, destination} from './geo.js';

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

function streetLayers({line, outline: around}, {ACCENT, HALO}) {
  const feature = geometry => ({type: 'Feature', geometry, properties: {}});
  const geo = (id, geometry, props) =>
    geometry ? [new GeoJsonLayer({id, data: feature(geometry), pickable: false, lineWidthUnits: 'pixels', lineJointRounded: true,
      lineCapRounded: true, ...props})] : [];
  return [
    ...geo('street-area', around, {filled: true, stroked: true, getFillColor: [...ACCENT, 28], getLineColor: ACCENT, getLineWidth: 2}),
    ...geo('street-halo', line, {getLineColor: HALO, getLineWidth: 8}),
    ...geo('street-line', line, {getLineColor: ACCENT, getLineWidth: 4.5})
  ];
}

/** Layers above the map for the present drawing. */
export function overlayLayers({circle, street, bearing, hovered, pieces, theme, editable}) {
  const layers = [];
  if (hovered) {
    const data = pieces.filter(p => p.id === hovered.id);
    layers.push(new PathLayer({...outline, id: 'street-hover', data, getPath: p => p.path, getColor: [...theme.colours.ACCENT, 190], getWidth: 5}));
  }
  if (street) layers.push(...streetLayers(street, theme.colours));
  if (circle) layers.push(...circleLayers(circle, bearing, theme.colours, editable));
  return layers;
}
