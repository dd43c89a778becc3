// Streets from vector tiles: parsed on this thread (no worker to fetch from elsewhere), drawn, searched by pixel.
import {TileLayer, _getURLFromTemplate as urlFromTemplate} from '@deck.gl/geo-layers';
import {PathLayer} from '@deck.gl/layers';
import {MVTLoader} from '@loaders.gl/mvt';
import {boundsOf, nearestOnSegment} from './geo.js';

//: Kind of street → its rank on the map: lower is wider, brighter, and named first.
const RANK_OF = {main: 0, local: 1, path: 2};
const WIDTH_M = [18, 9.5, 3];

function pathsOf({type, coordinates}) {
  return {LineString: [coordinates], MultiLineString: coordinates}[type] ?? [];
}

function parse(buffer, {x, y, z}) {
  const features = MVTLoader.parseSync(buffer, {mvt: {shape: 'geojson', coordinates: 'wgs84', tileIndex: {x, y, z}}});
  const streets = features.flatMap(({geometry, properties: {id, name, kind}}) =>
    pathsOf(geometry).map(path => ({id, name, rank: RANK_OF[kind] ?? RANK_OF.local, path, box: boundsOf(path)}))
  );
  return streets.sort((a, b) => b.rank - a.rank); // main roads are drawn last, on top
}

export class StreetTilesLayer extends TileLayer {
  static layerName = 'StreetTilesLayer';
  static defaultProps = {palette: {type: 'object', value: null, ignore: true}};

  async getTileData(tile) {
    const answer = await fetch(urlFromTemplate(this.props.data, tile), {signal: tile.signal});
    if (answer.status === 204 || answer.status === 404) return [];
    if (!answer.ok) throw new Error(`street tile ${tile.id}: ${answer.status}`);
    return parse(await answer.arrayBuffer(), tile.index);
  }

  renderSubLayers({id, data, palette}) {
    const lines = (part, data, getColor, widthScale, widthMinPixels, widthMaxPixels) =>
      new PathLayer({
        id: `${id}-${part}`, data, getPath: s => s.path, getColor, getWidth: s => WIDTH_M[s.rank], widthScale, widthMinPixels,
        widthMaxPixels, capRounded: true, jointRounded: true, pickable: false
      });
    const fill = s => palette.STREETS[s.rank];
    const main = data.filter(s => s.rank === RANK_OF.main);
    const other = data.filter(s => s.rank !== RANK_OF.main);
    const layers = [
      lines('other-casing', other, palette.CASING, 1.3, 0.9, 23),
      lines('main-casing', main, palette.CASING, 1.3, 1.7, 25),
      lines('other-fill', other, fill, 1, 0.2, 18),
      lines('main-fill', main, fill, 1, 1.1, 20)
    ];
    return layers.filter(layer => layer.props.data.length);
  }

  renderLayers() {
    const tiles = super.renderLayers().filter(Boolean);
    const part = name => tiles.flat().filter(layer => layer.id.endsWith(name));
    return ['other-casing', 'main-casing', 'other-fill', 'main-fill'].map(part); // casings below fills, across tiles too
  }

  /** Pieces of streets in the tiles on screen; one street may lie in several. */
  get pieces() {
    return (this.state?.tileset?.selectedTiles ?? []).flatMap(tile => tile.content ?? []);
  }
}

/** The street nearest to a pixel, within reach, with the [lon, lat] on it; null if there is none. */
export function nearestStreet(layer, viewport, xy, reachPx) {
  const corner = [viewport.unproject([xy[0] - reachPx, xy[1] + reachPx]), viewport.unproject([xy[0] + reachPx, xy[1] - reachPx])];
  let best = null;
  for (const street of layer?.pieces ?? []) {
    const [w, s, e, n] = street.box;
    if (w > corner[1][0] || e < corner[0][0] || s > corner[1][1] || n < corner[0][1]) continue;
    const pixels = street.path.map(c => viewport.project(c));
    for (let i = 1; i < pixels.length; i++) {
      const near = nearestOnSegment(xy, pixels[i - 1], pixels[i]);
      if (near.px <= (best?.px ?? reachPx)) best = {...near, street};
    }
  }
  if (!best) return null;
  const [lon, lat] = viewport.unproject(best.point);
  return {id: best.street.id, name: best.street.name, lon, lat, px: best.px};
}
