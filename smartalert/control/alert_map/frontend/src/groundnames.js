// What makers of tiles call the same things, and the colours of each by day and by night.
const in_ = (field, ...values) => ['match', ['to-string', ['get', field]], values, true, false];
//: Kinds of place, the smallest first: MapLibre seats the names of the last first.
const PLACE_SIZES = {
  hamlet: {from: 12, to: 16, sizes: [12, 10.5, 15, 13]}, village: {from: 9.4, to: 15.5, sizes: [9, 10.5, 14, 15]},
  suburb: {from: 11, to: 15.5, sizes: [11, 11, 15, 15]}, town: {from: 6, to: 15, sizes: [7, 11.5, 9, 13, 13, 19], strong: true},
  city: {from: 5, to: 14, sizes: [6, 13, 9, 15, 12, 22], strong: true}
};

//: Protomaps' basemap, which our own imports write too.
const PROTOMAPS = {
  nameField: 'name', refField: 'ref', kind: 'kind',
  built: ['landuse', in_('kind', 'residential')],
  industrial: ['landuse', in_('kind', 'industrial', 'commercial', 'railway', 'military', 'quarry', 'aerodrome')],
  park: ['landuse', in_('kind', 'park', 'grass', 'cemetery', 'golf_course', 'garden', 'pitch', 'playground', 'recreation_ground', 'village_green', 'allotments', 'meadow', 'grassland')],
  wood: ['landuse', in_('kind', 'wood', 'forest')],
  institution: ['landuse', in_('kind', 'school', 'hospital', 'university', 'college')],
  water: ['water', ['==', ['geometry-type'], 'Polygon']],
  river: ['water', ['all', ['==', ['geometry-type'], 'LineString'], in_('kind', 'river', 'canal')]],
  stream: ['water', ['all', ['==', ['geometry-type'], 'LineString'], ['!', in_('kind', 'river', 'canal')]]],
  waterName: ['water', ['all', ['==', ['geometry-type'], 'Point'], ['has', 'name']]],
  building: ['buildings', true],
  roads: ['roads', ['!', in_('kind', 'path', 'rail', 'other', 'aeroway', 'ferry')]],
  path: ['roads', in_('kind', 'path')],
  rail: ['roads', in_('kind', 'rail')],
  border: ['boundaries', in_('kind', 'county', 'district', 'region', 'country')],
  is: {
    motorway: in_('kind_detail', 'motorway', 'motorway_link'), trunk: in_('kind_detail', 'trunk', 'trunk_link'),
    primary: in_('kind_detail', 'primary', 'primary_link'), secondary: in_('kind_detail', 'secondary', 'secondary_link'),
    tertiary: in_('kind_detail', 'tertiary', 'tertiary_link'), service: in_('kind_detail', 'service', 'busway'),
    minor: in_('kind', 'minor_road')
  },
  place: {
    city: ['places', in_('kind_detail', 'city')], town: ['places', in_('kind_detail', 'town')], suburb: ['places', in_('kind', 'neighbourhood', 'macrohood')],
    village: ['places', in_('kind_detail', 'village')], hamlet: ['places', in_('kind_detail', 'hamlet', 'isolated_dwelling')]
  },
  placeOrder: ['-', 0, ['to-number', ['get', 'population'], 0]],
  points: {station: ['pois', in_('kind', 'station')], hospital: ['pois', in_('kind', 'hospital')], police: ['pois', in_('kind', 'police')], school: ['pois', in_('kind', 'school')]}
};

//: OpenMapTiles, of MapTiler and many ready files.
const OPENMAPTILES = {
  ...PROTOMAPS,
  built: ['landuse', in_('class', 'residential', 'suburb', 'neighbourhood')],
  industrial: ['landuse', in_('class', 'industrial', 'commercial', 'retail', 'railway', 'military', 'quarry')],
  park: ['landcover', in_('class', 'grass')],
  wood: ['landcover', in_('class', 'wood', 'forest')],
  institution: ['landuse', in_('class', 'school', 'hospital', 'university', 'college')],
  water: ['water', true],
  river: ['waterway', in_('class', 'river', 'canal')],
  stream: ['waterway', ['!', in_('class', 'river', 'canal')]],
  waterName: ['water_name', true],
  building: ['building', true],
  roads: ['transportation', ['!', in_('class', 'path', 'track', 'rail', 'transit', 'ferry', 'pier')]],
  roadNames: 'transportation_name',
  path: ['transportation', in_('class', 'path', 'track')],
  rail: ['transportation', in_('class', 'rail')],
  border: ['boundary', ['<=', ['to-number', ['get', 'admin_level'], 99], 6]],
  is: {
    motorway: in_('class', 'motorway'), trunk: in_('class', 'trunk'), primary: in_('class', 'primary'), secondary: in_('class', 'secondary'),
    tertiary: in_('class', 'tertiary'), service: in_('class', 'service'), minor: in_('class', 'minor', 'street')
  },
  place: {
    city: ['place', in_('class', 'city')], town: ['place', in_('class', 'town')], suburb: ['place', in_('class', 'suburb', 'quarter', 'neighbourhood')],
    village: ['place', in_('class', 'village')], hamlet: ['place', in_('class', 'hamlet')]
  },
  placeOrder: ['to-number', ['get', 'rank'], 99],
  points: {
    station: ['poi', ['all', in_('class', 'railway'), in_('subclass', 'station', 'halt')]], hospital: ['poi', in_('subclass', 'hospital')],
    police: ['poi', in_('class', 'police')], school: ['poi', in_('class', 'school')]
  }
};

//: OS Open Zoomstack.
const ZOOMSTACK = {
  ...PROTOMAPS,
  nameField: 'name', refField: 'number',
  built: ['urban_areas', true],
  industrial: ['sites', ['!', in_('type', 'Education', 'Medical Care')]],
  park: ['greenspaces', true],
  wood: ['woodland', true],
  institution: ['sites', in_('type', 'Education', 'Medical Care')],
  water: ['surfacewater', true],
  river: ['waterlines', in_('type', 'National', 'Regional', 'District')],
  stream: ['waterlines', in_('type', 'Local')],
  waterName: ['names', in_('type', 'Water')],
  building: ['buildings', true],
  roads: ['roads', true],
  path: ['roads', in_('type', 'Path')],
  rail: ['rail', true],
  border: ['boundaries', true],
  is: {
    motorway: in_('type', 'Motorway'), trunk: in_('type', 'Primary'), primary: in_('type', 'A Road'), secondary: in_('type', 'B Road'),
    tertiary: in_('type', 'Minor'), service: in_('type', 'Restricted', 'Tunnels', 'Guided Busway'), minor: in_('type', 'Local')
  },
  placeName: 'name1',
  place: {
    city: ['names', in_('type', 'Capital', 'City')], town: ['names', in_('type', 'Town')], suburb: ['names', in_('type', 'Suburban Area')],
    village: ['names', in_('type', 'Village')], hamlet: ['names', in_('type', 'Hamlet', 'Small Settlements')]
  },
  placeOrder: 0,
  points: {station: ['railwaystations', true], hospital: ['sites', in_('type', 'none')], police: ['sites', in_('type', 'none')], school: ['sites', in_('type', 'none')]}
};

/** Which vocabulary a file speaks, from the names of its layers. */
export function schemaOf(layers) {
  const has = name => layers.includes(name);
  return has('transportation') ? OPENMAPTILES : has('urban_areas') || has('surfacewater') ? ZOOMSTACK : PROTOMAPS;
}

/** A vocabulary with its layers as MapLibre wants them. */
export function things(schema) {
  const where = ([layer, filter]) => ({'source-layer': layer, ...(filter !== true && {filter})});
  const {nameField, refField, is, placeOrder, placeName = nameField} = schema;
  const of = names => Object.fromEntries(names.map(name => [name, where(schema[name])]));
  const points = Object.fromEntries(Object.entries(schema.points).map(([name, at]) => [name, where(at)]));
  return {
    ...of(['built', 'industrial', 'park', 'wood', 'institution', 'water', 'river', 'stream', 'waterName', 'building', 'roads', 'path', 'rail', 'border']), ...points,
    is: {...is, main: ['any', is.motorway, is.trunk, is.primary, is.secondary], any: ['any', ...Object.values(is)]},
    roadNames: where([schema.roadNames ?? schema.roads[0], true]), nameField, refField, placeOrder, name: ['coalesce', ['get', nameField], ['get', placeName]], ref: ['get', refField],
    places: Object.entries(PLACE_SIZES).map(([kind, how]) => ({id: kind, where: where(schema.place[kind]), ...how}))
  };
}

export const PALETTES = {
  light: {
    land: '#f4f2ed', built: '#eae6de', industrial: '#e9e7e8', park: '#dfead4', wood: '#d3e2c9', institution: '#f1eaec', water: '#a9cde3',
    building: '#dcd6cb', buildingEdge: '#cbc4b6', path: '#b3a58e', rail: '#97959c',
    roads: {motorway: '#e8a76f', trunk: '#f3c98b', primary: '#f8dba6', secondary: '#fcebc4', tertiary: '#ffffff', minor: '#ffffff', service: '#ffffff'},
    edges: {motorway: '#bd7c45', trunk: '#cf9f57', primary: '#d3ae6c', secondary: '#d5c08d', tertiary: '#c3bcae', minor: '#cfc9bd', service: '#d8d3c8'},
    outside: '#d9d6cf', boundary: '#5c6170', label: '#22272f', label2: '#4c515a', waterLabel: '#3d7394', halo: '#fbfaf7', plate: '#ffffff', plateEdge: '#8b8577', plateText: '#4a4334',
    marks: {school: '#764eaa', police: '#1f4fa3', hospital: '#b3282d', station: '#3f4653'}
  },
  dark: {
    land: '#1b1f26', built: '#222730', industrial: '#23262f', park: '#1e2b27', wood: '#1c2d26', institution: '#272632', water: '#1d3d54',
    building: '#2a303a', buildingEdge: '#343b47', path: '#5a5f68', rail: '#727782',
    roads: {motorway: '#8d6f47', trunk: '#75623f', primary: '#665a42', secondary: '#545047', tertiary: '#464e5a', minor: '#3c434e', service: '#353b45'},
    edges: {motorway: '#14171c', trunk: '#14171c', primary: '#14171c', secondary: '#14171c', tertiary: '#14171c', minor: '#14171c', service: '#171a20'},
    outside: '#0d0f13', boundary: '#969eae', label: '#e6e9ee', label2: '#b3bac5', waterLabel: '#7fb0cf', halo: '#14171c', plate: '#2c323c', plateEdge: '#6d7482', plateText: '#cfd4dc',
    marks: {school: '#c3a3ec', police: '#8fb4f2', hospital: '#ef9a95', station: '#c4cad4'}
  }
};
