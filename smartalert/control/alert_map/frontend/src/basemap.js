// The ground as a MapLibre style: few colours, always weaker than what officers draw on it.
import {PALETTES, schemaOf, things} from './groundnames.js';

const NOTHING = {type: 'FeatureCollection', features: []};
const FADE = ['interpolate', ['linear'], ['zoom']];
const GROW = ['interpolate', ['exponential', 1.7], ['zoom']];
//: Class of road → its width in pixels at zooms 8, 12, 15 and 18.
const WIDTHS = {
  motorway: [1.6, 3.6, 10, 34], trunk: [1.4, 3.2, 9, 32], primary: [1, 2.8, 8.5, 30], secondary: [0.7, 2.2, 7.5, 28],
  tertiary: [0.4, 1.6, 6.5, 26], minor: [0, 0.8, 5, 22], service: [0, 0, 2.4, 12]
};
const ROADS = Object.keys(WIDTHS);

const fill = (id, thing, colour, more = {}) => ({id, type: 'fill', ...thing, paint: {'fill-color': colour, ...more}});

/** Width of every class of road at a zoom, with so much added for its edge. */
function widths(is, step, edge = 0) {
  return ['case', ...ROADS.flatMap(road => [is[road], WIDTHS[road][step] && WIDTHS[road][step] + edge]), 0];
}

function roadLayer(id, roads, is, colours, edge, more = {}) {
  const width = [...GROW, 8, widths(is, 0, edge * 0.4), 12, widths(is, 1, edge * 0.8), 15, widths(is, 2, edge), 18, widths(is, 3, edge)];
  return {
    id, type: 'line', ...roads, layout: {'line-cap': 'round', 'line-join': 'round', 'line-sort-key': ['case', ...ROADS.flatMap((road, i) => [is[road], -i]), -99]},
    paint: {'line-color': ['case', ...ROADS.flatMap(road => [is[road], colours[road]]), colours.minor], 'line-width': width, ...more}
  };
}

function land(t, p) {
  return [
    fill('built', t.built, p.built),
    fill('industrial', t.industrial, p.industrial),
    fill('park', t.park, p.park),
    fill('wood', t.wood, p.wood),
    fill('institution', t.institution, p.institution),
    fill('water', t.water, p.water),
    {id: 'river', type: 'line', ...t.river, layout: {'line-cap': 'round', 'line-join': 'round'}, paint: {'line-color': p.water, 'line-width': [...GROW, 8, 0.8, 12, 1.6, 15, 5, 18, 22]}},
    {id: 'stream', type: 'line', ...t.stream, minzoom: 13, paint: {'line-color': p.water, 'line-width': [...GROW, 13, 0.6, 18, 5]}},
    {id: 'building', type: 'fill', ...t.building, minzoom: 14, paint: {'fill-color': p.building, 'fill-outline-color': p.buildingEdge, 'fill-opacity': [...FADE, 14, 0, 14.6, 1]}}
  ];
}

function ways(t, p) {
  return [
    {id: 'path', type: 'line', ...t.path, minzoom: 14, paint: {'line-color': p.path, 'line-width': [...FADE, 14, 0.7, 17, 2], 'line-dasharray': [2.5, 1.6]}},
    roadLayer('road-edge', t.roads, t.is, p.edges, 1.6),
    roadLayer('road', t.roads, t.is, p.roads, 0),
    {id: 'rail', type: 'line', ...t.rail, minzoom: 8, paint: {'line-color': p.rail, 'line-width': [...FADE, 8, 0.6, 13, 1.4, 17, 3]}},
    {id: 'border', type: 'line', ...t.border, minzoom: 7, paint: {'line-color': p.boundary, 'line-opacity': 0.45, 'line-width': [...FADE, 8, 0.7, 14, 1.4], 'line-dasharray': [5, 2, 1, 2]}},
    {id: 'rail-sleepers', type: 'line', ...t.rail, minzoom: 12.5, paint: {'line-color': p.rail, 'line-width': [...FADE, 12, 3, 17, 8], 'line-dasharray': [0.3, 2.4]}}
  ];
}

function text(id, thing, fonts, size, colour, halo, layout = {}, more = {}) {
  return {
    id, type: 'symbol', ...thing,
    layout: {'text-font': fonts, 'text-size': size, 'text-max-width': 8, 'text-padding': 3, ...layout},
    paint: {'text-color': colour, 'text-halo-color': halo, 'text-halo-width': 1.4, ...more}
  };
}

function names(t, p, fonts) {
  const named = {'text-field': t.name};
  const along = {...named, 'symbol-placement': 'line', 'text-max-angle': 35, 'text-padding': 6, 'symbol-spacing': 340};
  const plate = {'text-field': t.ref, 'symbol-placement': 'line', 'symbol-spacing': 420, 'text-rotation-alignment': 'viewport', 'icon-rotation-alignment': 'viewport', 'icon-image': 'plate', 'icon-text-fit': 'both', 'icon-text-fit-padding': [1, 4, 0, 4], 'text-padding': 24};
  const marked = {...named, 'text-anchor': 'top', 'text-offset': [0, 0.75], 'text-optional': true, 'icon-padding': 1};
  return [
    text('road-name', {...t.roadNames, minzoom: 13.2, filter: ['all', t.is.any, ['has', t.nameField]]}, fonts.medium, [...FADE, 13, 10.5, 17, 13], p.label2, p.halo,
      {...along, 'symbol-sort-key': ['case', ...ROADS.flatMap((road, i) => [t.is[road], i]), 99]}),
    text('water-name', {...t.waterName, minzoom: 9}, fonts.italic, 12, p.waterLabel, p.halo, named),
    text('river-name', {...t.river, minzoom: 12}, fonts.italic, 11, p.waterLabel, p.halo, along),
    text('road-number', {...t.roadNames, minzoom: 9, filter: ['all', t.is.main, ['has', t.refField]]}, fonts.semibold, 10, p.plateText, p.plate, plate, {'text-halo-width': 0}),
    ...Object.entries({school: 14, police: 12, hospital: 12, station: 11}).map(([kind, from]) =>
      text(kind, {...t[kind], minzoom: from}, fonts.medium, 11, p.marks[kind], p.halo, {...marked, 'icon-image': kind, ...(kind === 'school' ? {'text-field': ['step', ['zoom'], '', 14.8, t.name]} : {})})),
    ...t.places.map(({id, where, from, to, sizes, strong}) =>
      text(id, {...where, minzoom: from, maxzoom: to}, strong ? fonts.semibold : fonts.medium, [...FADE, ...sizes], strong ? p.label : p.label2, p.halo,
        {...named, 'symbol-sort-key': t.placeOrder, 'text-padding': 5}, {'text-halo-width': 1.7}))
  ];
}

/** A layer of the ground, once for each source that has it. */
function inEach(sources, layer) {
  const of = sources.flatMap(({layers}, i) => (layers.includes(layer['source-layer']) ? [i] : []));
  return of.map((i, nth) => ({...layer, id: nth ? `${layer.id} ${i}` : layer.id, source: `ground-${i}`}));
}

/** The style of a map of these sources, whose tiles speak one of the vocabularies of groundnames.js. */
export function styleOf({theme, sources}) {
  const palette = PALETTES[theme.name];
  const family = theme.font.split(',').map(one => one.trim().replace(/["']/g, ''));
  const weight = name => [`${family[0]} ${name}`, ...family];
  const fonts = {medium: weight('Medium'), semibold: weight('SemiBold'), italic: weight('Italic')};
  const background = {id: 'land', type: 'background', paint: {'background-color': palette.land}};
  const people = {id: 'people', type: 'fill', source: 'people', paint: {'fill-color': ['get', 'colour'], 'fill-opacity': ['get', 'opacity'], 'fill-antialias': false}};
  const outside = {id: 'outside', type: 'fill', source: 'outside', paint: {'fill-color': palette.outside, 'fill-opacity': 0.6, 'fill-antialias': false}};
  const t = things(schemaOf(sources.flatMap(({layers}) => layers)));
  const all = [background, ...land(t, palette), people, ...ways(t, palette), outside, ...names(t, palette, fonts)];
  return {
    version: 8,
    sources: {
      people: {type: 'geojson', data: NOTHING},
      outside: {type: 'geojson', data: NOTHING, tolerance: 0.1},
      ...Object.fromEntries(sources.map(({layers, ...source}, i) => [`ground-${i}`, {type: 'vector', ...source}]))
    },
    layers: all.flatMap(layer => (layer['source-layer'] ? inEach(sources, layer) : [layer]))
  };
}

