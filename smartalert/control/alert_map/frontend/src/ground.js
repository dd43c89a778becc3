// The ground under the drawing: MapLibre draws PMTiles files and tiles of this server's, and looks wherever the deck looks.
import {addProtocol, Map as MapLibre, prewarm, setWorkerUrl} from 'maplibre-gl';
import {PMTiles, Protocol} from 'pmtiles';
import {styleOf} from './basemap.js';
import {PALETTES} from './groundnames.js';
import {markImages, MARKS} from './marks.js';

const protocol = new Protocol();
addProtocol('pmtiles', protocol.tile);
setWorkerUrl(new URL(__WORKER__, import.meta.url).href);
prewarm();
const known = new Map();
//: What tiles of the database hold; a file says so itself.
const OF_DATABASE = {layers: ['water', 'places', 'pois'], maxzoom: 14};
const hex = colour => `rgb(${colour.slice(0, 3)})`;

/** What is at these addresses, from the bottom up; each asked once, as soon as somebody knows it. */
export function sourcesAt(urls) {
  return Promise.all(urls.map(url => {
    if (!known.has(url)) known.set(url, url.includes('{z}') ? {...OF_DATABASE, tiles: [url]} : read(url));
    return known.get(url);
  }));
}

async function read(url) {
  const file = new PMTiles(url);
  protocol.add(file);
  try {
    const {vector_layers: layers = []} = await file.getMetadata();
    return {layers: layers.map(layer => layer.id), url: `pmtiles://${url}`};
  } catch (error) {
    known.delete(url); // a later look may find it
    console.warn('the map\'s file did not load', error);
    return {layers: [], url: `pmtiles://${url}`};
  }
}

export class Ground {
  /** Lies below everything else in this element; onDrawn is called when all of a view has been drawn. */
  constructor(element, onDrawn) {
    this.element = document.createElement('div');
    this.element.className = 'am-ground';
    element.prepend(this.element);
    this.onDrawn = onDrawn;
  }

  /** Draws what is at these addresses in a theme, with the shading of so many people, in this view. */
  async show({urls, theme, shading, outside, view}) {
    Object.assign(this, {shading, outside});
    const key = `${urls} ${theme.key}`;
    if (this.key === key) return this.shade();
    this.key = key;
    const style = styleOf({theme, sources: await sourcesAt(urls)});
    if (this.key !== key) return undefined; // another was asked for meanwhile
    this.theme = theme;
    if (this.map) {
      this.map.setStyle(style, {diff: true});
      this.addImages();
      return this.shade();
    }
    return this.begin(style, view);
  }

  begin(style, {longitude, latitude, zoom}) {
    this.map = new MapLibre({
      container: this.element, style, center: [longitude, latitude], zoom, interactive: false, attributionControl: false, fadeDuration: 0,
      renderWorldCopies: false, maxPitch: 0, maxZoom: 22, validateStyle: false, canvasContextAttributes: {antialias: false}, refreshExpiredTiles: false
    });
    this.map.on('style.load', () => {
      this.addImages();
      this.shaded = this.shut = null;
      this.shade();
    });
    this.map.on('idle', () => this.onDrawn());
  }

  /** The marks in the colours of the theme, before any tile asks for one: what asks too early goes without. */
  addImages() {
    for (const [id, {data, options}] of Object.entries(markImages(PALETTES[this.theme.name]))) {
      if (this.map.hasImage(id)) this.map.updateImage(id, data);
      else this.map.addImage(id, data, options);
    }
  }

  /** How many live where, below the roads, and what is no part of the force, below the names. */
  shade() {
    const source = this.map?.getSource('people');
    if (!source) return;
    if (this.outside && this.shut !== this.outside) this.map.getSource('outside').setData(this.outside);
    this.shut = this.outside;
    if (this.shaded === this.shading) return;
    this.shaded = this.shading;
    const features = this.shading.flatMap(({data, colour}) => data.map(ring => ({
      type: 'Feature', geometry: {type: 'Polygon', coordinates: [ring]}, properties: {colour: hex(colour), opacity: colour[3] / 255}
    })));
    source.setData({type: 'FeatureCollection', features});
  }

  /** Looks where the deck looks, in the same frame. */
  look({longitude, latitude, zoom}) {
    const at = `${longitude} ${latitude} ${zoom}`;
    if (!this.map || this.at === at) return;
    this.at = at;
    this.map.jumpTo({center: [longitude, latitude], zoom});
    this.map.redraw();
  }

  /** The name of the school, station … whose mark is at a pixel. */
  markAt(xy) {
    const layers = (this.map?.getLayersOrder() ?? []).filter(id => MARKS.includes(id.split(' ')[0]));
    return layers.length ? this.map.queryRenderedFeatures(xy, {layers})[0]?.properties.name : undefined;
  }

  destroy() {
    this.key = null;
    this.map?.remove();
    this.element.remove();
  }
}
