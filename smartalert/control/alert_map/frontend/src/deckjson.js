// A pydeck Deck as JSON → deck.gl layers. A layer whose JSON is unchanged is the same object: nothing is rebuilt, no tile asked for again.
import {PathStyleExtension} from '@deck.gl/extensions';
import {JSONConfiguration, JSONConverter} from '@deck.gl/json';
import {GeoJsonLayer, PathLayer, PolygonLayer, ScatterplotLayer, TextLayer} from '@deck.gl/layers';
import {StreetTilesLayer} from './streets.js';

/** Layers that MapLibre draws: the ground itself, and what lies below its names. */
export const isGround = ({id}) => id === 'ground' || id === 'outside' || id.startsWith('density-');

const classes = {
  GeoJsonLayer, PathLayer, PolygonLayer, ScatterplotLayer, TextLayer, StreetTilesLayer, PathStyleExtension
};
//: The folder the bundle's own folder lies in is the application's root: Python gives addresses relative to it.
export const root = new URL('..', import.meta.url).href;

export class Layers {
  constructor() {
    this.made = new Map();
  }

  /** Layers of a Deck's JSON, in its order; needs theme (theme.js) and extra props by layer type. */
  from(spec, theme, extra) {
    const configuration = new JSONConfiguration({classes, constants: theme.colours});
    const converter = new JSONConverter({configuration});
    const before = this.made;
    this.made = new Map();
    return (spec.layers ?? []).map(json => {
      const key = theme.key + JSON.stringify(json);
      const known = before.get(json.id);
      const layer = known?.key === key ? known.layer : make(converter, json, extra);
      this.made.set(json.id, {key, layer});
      return layer;
    });
  }
}

function make(converter, json, extra) {
  const type = json['@@type'];
  const data = typeof json.data === 'string' ? root + json.data.replace(/^\//, '') : json.data;
  const {data: _, ...rest} = json;
  const added = {data, ...extra[type]};
  // Data bypasses the converter: it would walk every coordinate, and a name that begins with "@@" must stay a name.
  return converter.convert(rest).clone(added);
}
