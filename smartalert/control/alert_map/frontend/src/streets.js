// Streets as officers pick them, from vector tiles: parsed on this thread (no worker to fetch from elsewhere), searched by pixel.
import {TileLayer, _getURLFromTemplate as urlFromTemplate} from '@deck.gl/geo-layers';
import {MVTLoader} from '@loaders.gl/mvt';
import {boundsOf, nearestOnSegment} from './geo.js';

function pathsOf({type, coordinates}) {
  return {LineString: [coordinates], MultiLineString: coordinates}[type] ?? [];
}

function parse(buffer, {x, y, z}) {
  const features = MVTLoader.parseSync(buffer, {mvt: {shape: 'geojson', coordinates: 'wgs84', tileIndex: {x, y, z}}});
  return features.flatMap(({geometry, properties: {id, name}}) => pathsOf(geometry).map(path => ({id, name, path, box: boundsOf(path)})));
}

export class StreetTilesLayer extends TileLayer {
  static layerName = 'StreetTilesLayer';

  async getTileData(tile) {
    const answer = await fetch(urlFromTemplate(this.props.data, tile), {signal: tile.signal});
    if (answer.status === 204 || answer.status === 404) return [];
    if (!answer.ok) throw new Error(`street tile ${tile.id}: ${answer.status}`);
    return parse(await answer.arrayBuffer(), tile.index);
  }

  renderLayers() {
    return []; // MapLibre draws them
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
