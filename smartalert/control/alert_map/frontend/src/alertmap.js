// One map on the page. Python owns the area; this shows it, lets it be drawn, and tells Python by triggers.
import {Deck, MapView} from '@deck.gl/core';
import {Camera, viewOf} from './camera.js';
import * as chrome from './chrome.js';
import * as corners from './corners.js';
import {isGround, Layers, root as address} from './deckjson.js';
import {boundsOf, circleBounds} from './geo.js';
import {Ground, sourcesAt} from './ground.js';
import * as keyboard from './keyboard.js';
import {undo} from './outline.js';
import {Pace} from './pace.js';
import {handleOf, overlayLayers} from './overlay.js';
import * as pointer from './pointer.js';
import {still} from './still.js';
import {StreetTilesLayer} from './streets.js';
import sheet from './style.css';
import {aboutWords, Shape, Tens} from './tens.js';
import {themeOf} from './theme.js';
import {areaWords, KEYS, sizeWords} from './words.js';

const SETTLE_MS = 90;
const NAMES_FROM_ZOOM = 12.5;
//: An act that Python never answered (a lost connection) stops counting after this long.
const ANSWER_MS = 8000;
//: Beginning WebGL keeps everything else on the page waiting.
const OPEN_WAIT_MS = 60;
const CANNOT_DRAW = 'This computer cannot draw the map. Reload the page, or type the area instead.';
const STREETS_MISSING = 'Some streets did not load.';

const same = (one, other) => one === other || JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

export class AlertMap {
  constructor(parent) {
    this.parts = chrome.build(parent);
    const style = document.createElement('style');
    style.textContent = sheet;
    this.parts.root.prepend(style);
    this.layers = new Layers();
    this.bearing = 90;
    this.circle = this.street = this.shape = this.hovered = this.drag = null;
    this.corners = [];
    this.edit = corners.begin();
    this.tens = new Tens(() => this.readout());
    pointer.listen(this);
    keyboard.listen(this);
    this.parts.root.addEventListener('click', e => this.press(e.target.closest('button')));
  }

  /** Takes Python's data. Never moves the view, the tool or a drag unless Python changed that very thing. */
  update({data, setTriggerValue}) {
    this.trigger = setTriggerValue;
    const {theme} = this;
    const before = this.parked ? undefined : this.data;
    this.parked = false;
    this.data = data;
    this.tens.ask(data.tens);
    this.theme = themeOf(this.parts.root, data.theme);
    const changed = name => !same(data[name], before?.[name]);
    const may = this.mayAdopt();
    if (may) this.rest();
    const adopts = may && !['circle', 'street', 'shape'].every(kind => same(this[kind], data[kind]));
    // Python says all of it at each press anywhere on the page: a map that shows it already must not be drawn anew.
    const shown = Object.keys(data).filter(name => name !== 'seen');
    if (this.deck && theme.key === this.theme.key && !adopts && !shown.some(changed)) return undefined;
    this.pace?.wake();
    this.dress();
    if (changed('tool')) this.tool = data.tool;
    if (adopts) this.adopt(data);
    const deck = JSON.parse(data.deck);
    const drawn = deck.layers.filter(layer => !isGround(layer));
    this.lieOn(deck.layers.filter(isGround));
    this.base = this.layers.from({layers: drawn}, this.theme, {
      StreetTilesLayer: {onTileLoad: () => this.tilesCame(), onTileError: () => this.notice(STREETS_MISSING)}
    });
    this.streets = this.base.find(layer => layer instanceof StreetTilesLayer);
    if (!this.deck) return this.openSoon(deck.layers);
    this.redraw();
    if (before) this.follow(changed);
    else this.lookAnew();
    return this.settleSoon();
  }

  /** Takes what is drawn below the deck. */
  lieOn(layers) {
    const shading = layers.filter(({id}) => id.startsWith('density-')).map(({id, data}) => ({data, colour: this.theme.colours[id.replace('density-', 'DENSITY_')]}));
    const ground = layers.find(({id}) => id === 'ground')?.data ?? [];
    if (!same(shading, this.shading)) this.shading = shading;
    const outside = layers.find(({id}) => id === 'outside')?.data;
    if (!same(outside, this.outside)) this.outside = outside;
    this.urls = ground.map(url => address + url);
    sourcesAt(this.urls);
    this.ground?.show(this);
  }

  /** Python's area counts once it has seen the officer's last act; until then it answers an older one. */
  mayAdopt() {
    if (this.data.seen === this.told?.serial || performance.now() - this.told?.at > ANSWER_MS) this.told = null;
    return !this.told && !this.drag && !this.keyTimer;
  }
  adopt({circle, street, shape}) {
    Object.assign(this, {circle, street, shape, corners: [], edit: corners.adopted(this.edit, street?.ends ?? shape?.corners)});
  }
  /** Python has counted: the figures that followed the hand go. */
  rest() {
    this.moved = null;
    if (this.deck) this.readout();
  }
  tell(what, value) {
    this.told = {serial: `${performance.timeOrigin + performance.now()}`, at: performance.now()};
    this.trigger(what, {...value, serial: this.told.serial});
    this.readout();
  }

  get canvas() {
    return this.parts.map.querySelector(':scope > canvas');
  }
  get editable() {
    return !this.data.read_only;
  }
  get namesStreets() {
    return this.viewport.zoom >= NAMES_FROM_ZOOM && !(this.editable && this.draws);
  }
  /** Whether a press on the map draws. */
  get draws() {
    return this.tool === 'circle' || this.tool === 'outline';
  }
  get limits() {
    return {min: this.data.min_radius_m, max: this.data.max_radius_m};
  }
  get usualRadius() {
    return this.clamp(500);
  }
  get viewport() {
    return this.deck?.isInitialized ? this.deck.getViewports()[0] : undefined;
  }
  get area() {
    const own = this.circle ? circleBounds(this.circle) : this.street?.outline ?? this.street?.line ?? this.shape?.outline;
    const boxes = [own, ...(this.data.others ?? []).map(other => other.outline)].filter(Boolean);
    if (!boxes.length) return null;
    const corners = boxes.map(box => box.coordinates ? boundsOf(box.coordinates) : box);
    return [0, 1, 2, 3].map(i => (i < 2 ? Math.min : Math.max)(...corners.map(box => box[i])));
  }
  /** The area as the hand has moved it, until Python has counted it. */
  get moving() {
    if (!this.moved || !this.data.tens || !(this.drag || this.keyTimer || this.told)) return null;
    return this.circle ? {circle: this.circle} : this.shape && {outline: this.shape.outline};
  }
  get others() {
    const {others = []} = this.data;
    if (this.stillOf !== others) Object.assign(this, {stillOf: others, still: others.map(({outline}) => new Shape({outline}))});
    return this.still;
  }
  /** About how many people are there: “…” until it is known, nothing once the area rests. The page hears it too. */
  about() {
    const {moving} = this;
    const people = moving && this.tens.about(new Shape(moving), this.others);
    const words = moving ? (people === null ? '…' : aboutWords(people)) : '';
    if (words || this.parts.root.dataset.about) this.parts.root.dispatchEvent(new CustomEvent('smartalert:moving', {bubbles: true, composed: true, detail: words}));
    this.parts.root.dataset.about = words;
    return words;
  }
  clamp(metres) {
    return Math.min(this.limits.max, Math.max(this.limits.min, metres));
  }

  get firstView() {
    const shown = this.data.focus ?? this.area;
    return shown ? viewOf(shown, this.parts.map, 0.2) : viewOf(this.data.start ?? this.data.home, this.parts.map, 0.04);
  }

  /** Shows a still picture at once, and begins WebGL when the page around it has been drawn. */
  openSoon(layers) {
    const {map, root} = this.parts;
    const {theme, circle, street, shape, data: {others = []}} = this;
    map.querySelector('.am-still')?.remove();
    map.append(still({layers, view: this.firstView, element: map, theme, circle, areas: [street?.outline, shape?.outline, ...others.map(other => other.outline)]}));
    root.dataset.still = '1';
    this.readout();
    this.opening ??= setTimeout(() => this.parts.root.isConnected && this.open(), OPEN_WAIT_MS);
  }

  open() {
    const {map, root} = this.parts;
    this.pace = new Pace(root);
    this.deck = new Deck({
      parent: map, width: '100%', height: '100%',
      views: this.views(),
      initialViewState: this.firstView,
      layers: this.allLayers(),
      getCursor: ({isDragging}) => this.cursor ?? (isDragging ? 'grabbing' : 'grab'),
      onViewStateChange: () => this.settleSoon(),
      onResize: () => this.settleSoon(),
      onAfterRender: () => {
        this.pace.wake(); // what moves goes on moving
        this.placeMarks();
      },
      onLoad: () => {
        this.deck.setProps({animationFrameProvider: this.pace});
        this.pace.wake();
        root.dataset.ready = '1';
        map.querySelector('.am-still')?.remove();
        this.settleSoon();
      },
      onError: () => this.notice(CANNOT_DRAW)
    });
    this.camera = new Camera(this.deck, () => {
      delete root.dataset.view;
      this.settleSoon(); // deck.gl tells only of what the officer's own hand moved
    });
    this.ground = new Ground(map, () => (root.dataset.ground = '1'));
    this.ground.show(this);
    this.readout();
    this.settleSoon();
  }

  get view() {
    const {longitude, latitude, zoom} = this.viewport ?? this.firstView;
    return {longitude, latitude, zoom};
  }

  views() {
    return new MapView({repeat: false, controller: this.controller()});
  }

  /** In another place on the page, as if it had just been opened there. */
  lookAnew() {
    this.deck.setProps({views: this.views()});
    this.camera.go({...this.firstView, since: this.generation}, 0); // deck.gl ignores the very view that it was last given
    this.deck.redraw('moved');
  }

  controller() {
    return {keyboard: false, doubleClickZoom: false, dragRotate: false, touchRotate: false, scrollZoom: this.editable && {speed: 0.012, smooth: false}};
  }

  allLayers() {
    const {circle, street, shape, corners: drawn, pointer: at, bearing, hovered, theme, editable, data} = this;
    const pieces = hovered ? this.streets?.pieces ?? [] : [];
    const hover = this.tool === 'street' && editable ? hovered : null;
    const changeable = {corners: corners.changeable(this), hasEdges: corners.hasEdges(this), chosen: this.edit.chosen};
    return [...this.base, ...overlayLayers({circle, street, shape, changeable, others: data.others ?? [], corners: drawn, at, bearing, hovered: hover, pieces, theme, editable})];
  }
  redraw() {
    this.deck?.setProps({layers: this.allLayers()});
    this.readout();
  }

  /** Goes where Python looks now; or to an area Python moved out of sight (typed coordinates, a search). */
  follow(changed) {
    if (changed('focus') && this.data.focus) return this.camera.go(viewOf(this.data.focus, this.parts.map, 0.2));
    const moved = ['circle', 'street', 'shape'].some(kind => changed(kind) && this[kind]);
    if (!moved || this.drag || !this.viewport) return undefined;
    const [west, south, east, north] = this.viewport.getBounds();
    const [w, s, e, n] = this.area;
    const hidden = w > east || e < west || s > north || n < south;
    return hidden || !this.editable ? this.showArea() : undefined;
  }

  dress() {
    const {root, map, tools, caption, attr, legend} = this.parts;
    const {data, theme} = this;
    root.dataset.theme = theme.name;
    root.classList.toggle('am-readonly', !this.editable);
    root.style.height = typeof data.height === 'number' ? `${data.height}px` : data.height;
    root.style.setProperty('--am-land', `rgb(${theme.colours.LAND})`);
    root.style.setProperty('--am-accent', `rgb(${theme.colours.ACCENT})`);
    tools.hidden = !this.editable;
    chrome.say(caption, data.caption);
    chrome.say(attr, data.attribution);
    chrome.legend(legend, data.legend, theme.colours);
    if (this.editable) map.setAttribute('aria-keyshortcuts', 'c s o p Enter Backspace n i Delete [ ] + - Escape 0');
  }

  readout() {
    const {circle, street, shape, corners: drawn, parts} = this;
    const nothing = !circle && !street && !shape;
    const words = areaWords(this);
    const about = this.about();
    chrome.say(parts.read, words);
    parts.map.setAttribute('aria-label', this.editable ? `${KEYS} ${words}` : this.data.label ? `Map. ${words}` : `Map of the area. ${words}`);
    chrome.say(parts.pill, [circle ? sizeWords(this) : '', about].filter(Boolean).join(' · '));
    parts.root.dataset.tool = this.tool;
    parts.root.querySelectorAll('[data-tool]').forEach(b => b.setAttribute('aria-pressed', String(b.dataset.tool === this.tool)));
    parts.root.querySelector('[data-act=clear]').disabled = nothing && !drawn.length;
    parts.root.querySelector('[data-act=area]').hidden = nothing && !this.data.others?.length;
    parts.root.querySelector('[data-act=undo]').hidden = !drawn.length && !corners.canUndo(this);
    chrome.name(parts.root.querySelector('[data-act=undo]'), drawn.length ? 'Take the last corner back' : `Undo the last change of the ${street ? 'stretch' : 'outline'}`);
    parts.root.querySelector('[data-act=remove]').hidden = !corners.changeable(this).length || Boolean(street) || this.edit.chosen === null;
  }

  /** After each frame: what HTML shows must sit where WebGL drew. */
  placeMarks() {
    const {viewport, parts, circle, shape, drag} = this;
    if (!viewport) return;
    this.ground?.look(viewport);
    chrome.scale(parts.scale, viewport);
    const corner = shape?.corners?.[drag?.at ?? this.edit.chosen];
    const marked = circle ? handleOf(circle, this.bearing) : corner?.toReversed();
    if (marked) chrome.pin(parts.pill, viewport.project(marked), viewport);
    if (!this.camera.target) parts.root.dataset.view = [viewport.longitude.toFixed(6), viewport.latitude.toFixed(6), viewport.zoom.toFixed(3)].join();
  }

  /** What lies at the cross, once the map stands still and its streets are there. */
  settleSoon() {
    this.settleTimer ??= setTimeout(() => {
      this.settleTimer = null;
      // Whoever searches beside the map asks what it shows: the search alone tells Python, the map at no pan.
      if (this.viewport && this.editable) document.documentElement.dataset.mapView = this.viewport.getBounds().map(d => d.toFixed(5)).join();
      if (this.viewport && this.crossed && this.tool === 'street') this.hoverCentre();
    }, SETTLE_MS);
  }
  /** A later tile takes back that one is missing, but no answer to what an officer has just done. */
  tilesCame() {
    if (this.parts.notice.textContent === STREETS_MISSING) this.notice('');
    this.settleSoon();
  }
  notice(words) {
    chrome.say(this.parts.notice, words);
  }

  /** Shows a circle without telling Python: a drag in progress, a key held down. */
  show(circle) {
    Object.assign(this, {circle, moved: circle});
    if (circle) this.street = this.shape = null;
    this.redraw();
  }
  /** Shows a circle and tells Python; null clears the area. */
  draw(circle) {
    this.keyTimer = clearTimeout(this.keyTimer);
    const exact = circle && {lat: +circle.lat.toFixed(6), lon: +circle.lon.toFixed(6), radius_m: Math.round(circle.radius_m)};
    Object.assign(this, {street: null, shape: null, corners: [], edit: corners.begin()});
    this.show(exact);
    this.tell('drawn', {circle: exact});
  }
  /** Shows the corners of an outline that is still being drawn. */
  drawCorners(drawn) {
    Object.assign(this, {corners: drawn, pointer: null});
    this.redraw();
  }
  /** Closes an outline and tells Python, which may refuse it. */
  outline(drawn) {
    const exact = drawn.map(([lon, lat]) => [+lat.toFixed(6), +lon.toFixed(6)]);
    Object.assign(this, {circle: null, street: null, shape: corners.shapeOf('Outline', exact), edit: corners.begin(exact)});
    this.drawCorners([]);
    this.tell('outlined', {corners: exact});
  }
  pick(street) {
    if (!street) return this.notice('No street there. Zoom in, or click closer to one.');
    this.notice('');
    const {id, lat, lon} = street;
    return this.tell('picked', {id, lat: +lat.toFixed(6), lon: +lon.toFixed(6)});
  }
  /** Another of several areas is the one to be changed, once Python shows it so. */
  choose(number) {
    this.notice('');
    this.setHovered(null);
    this.tell('chosen', {number});
  }
  cancelDrag() {
    const {before, bearing, kind} = this.drag;
    Object.assign(this, {drag: null, bearing});
    if (kind === 'corner') return corners.giveUp(this);
    return this.show(before);
  }
  /** The last corner of an outline being drawn, or the last change of one that is closed. */
  takeBack() {
    return this.corners.length ? undo(this) : corners.undo(this);
  }
  cancel() {
    if (this.drag) return this.cancelDrag();
    if (this.corners.length) return this.drawCorners([]);
    if (this.edit.chosen !== null) return corners.choose(this, null);
    return this.pointed(true);
  }

  setTool(tool) {
    this.tool = tool;
    this.corners = [];
    this.cursor = this.draws ? 'crosshair' : null;
    this.notice('');
    this.settleSoon();
    this.redraw();
  }
  /** Marks the street under the pointer, and writes what is there beside it. */
  setHovered(street, words = '', xy = null) {
    chrome.say(this.parts.tip, words);
    if (words) chrome.pin(this.parts.tip, xy, this.viewport, 16);
    if (this.hovered?.id === street?.id) return;
    this.hovered = street;
    this.redraw();
  }
  hoverCentre() {
    const street = keyboard.streetAtCentre(this);
    if (street) this.setHovered(street, street.name, this.viewport.project([street.lon, street.lat]));
  }
  showArea() {
    this.camera.go(viewOf(this.area, this.parts.map, 0.2));
  }
  showAll() {
    this.camera.go(viewOf(this.data.home, this.parts.map, 0.04));
  }
  /** Whether the officer points; else works by keyboard, and sees the focus and a cross at the middle of the map. */
  pointed(by) {
    this.parts.root.classList.toggle('am-pointed', by);
    const crossed = !by && this.editable;
    if (this.crossed === crossed) return;
    this.crossed = crossed;
    this.parts.root.classList.toggle('am-crossed', crossed);
    if (crossed) this.settleSoon();
    else this.setHovered(null);
  }

  press(button) {
    const {tool, act} = button?.dataset ?? {};
    if (tool) return this.setTool(tool);
    const {keys} = this.parts;
    const does = {
      in: () => this.camera.shift(0, 0, 1),
      out: () => this.camera.shift(0, 0, -1),
      area: () => this.showArea(),
      all: () => this.showAll(),
      clear: () => (this.corners.length ? this.drawCorners([]) : this.draw(null)),
      undo: () => this.takeBack(),
      remove: () => corners.remove(this),
      keys: () => button.setAttribute('aria-expanded', String(!(keys.hidden = !keys.hidden)))
    };
    return does[act]?.();
  }

  /** Leaves its place on the page; what an officer was about to do there is forgotten. */
  park() {
    for (const timer of ['keyTimer', 'settleTimer', 'opening']) this[timer] = void clearTimeout(this[timer]);
    this.notice('');
    this.setHovered(null);
    Object.assign(this, {parked: true, told: null, drag: null, moved: null, circle: null, street: null, shape: null, corners: [], edit: corners.begin()});
    this.parts.root.remove();
  }
  /** Takes another place, if it has been drawn and its WebGL still lives. */
  moveTo(parent) {
    const lost = this.canvas?.getContext('webgl2')?.isContextLost();
    if (!this.deck?.isInitialized || lost !== false) return false; // no viewport: off the page it had no size
    delete this.parts.root.dataset.view;
    parent.appendChild(this.parts.root);
    return true;
  }

  destroy() {
    clearTimeout(this.keyTimer);
    clearTimeout(this.settleTimer);
    clearTimeout(this.opening);
    const gl = this.canvas?.getContext('webgl2');
    this.ground?.destroy();
    this.deck?.finalize();
    this.deck = null;
    this.parts.root.remove();
    // deck.gl keeps the context: sixteen visits to the page would use up the browser's.
    gl?.getExtension('WEBGL_lose_context')?.loseContext();
  }
}
