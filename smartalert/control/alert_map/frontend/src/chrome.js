// Everything over the map that is not drawn by WebGL: tools, zoom, readout, legend, scale, caption, attribution. Constant markup; data only as text.
import {distanceText} from './geo.js';

const ICON = {
  circle: '<circle cx="10" cy="10" r="6.5"/><circle cx="10" cy="10" r="1.2" class="am-solid"/>',
  street: '<path d="M4 17 8 3M16 17 12 3M10 4v2.5M10 9v2.5M10 14v2.5"/>',
  outline: '<path d="M4 14 6.5 4.5 15 6.5 16.5 14 10.5 16.5z"/><circle cx="6.5" cy="4.5" r="1.4" class="am-solid"/><circle cx="16.5" cy="14" r="1.4" class="am-solid"/>',
  undo: '<path d="M4 8h8a4 4 0 0 1 0 8H8M4 8l3.5-3.5M4 8l3.5 3.5"/>',
  pan: '<path d="M10 2.5v15M2.5 10h15M10 2.5 7.8 4.8M10 2.5l2.2 2.3M10 17.5l-2.2-2.3M10 17.5l2.2-2.3M2.5 10l2.3-2.2M2.5 10l2.3 2.2M17.5 10l-2.3-2.2M17.5 10l-2.3 2.2"/>',
  remove: '<path d="M4 14 6.5 4.5 15 6.5"/><path d="m11 11 6 6M17 11l-6 6"/>',
  clear: '<path d="m5 5 10 10M15 5 5 15"/>',
  keys: '<rect x="2.5" y="5" width="15" height="10" rx="2"/><path d="M5.5 8.2h.1M8.5 8.2h.1M11.5 8.2h.1M14.5 8.2h.1M6.5 12h7"/>',
  in: '<path d="M10 4v12M4 10h12"/>',
  out: '<path d="M4 10h12"/>',
  area: '<circle cx="10" cy="10" r="3.2"/><path d="M10 1.8v3.4M10 14.8v3.4M1.8 10h3.4M14.8 10h3.4"/>',
  all: '<path d="M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4"/>'
};
const icon = name => `<svg viewBox="0 0 20 20" aria-hidden="true">${ICON[name]}</svg>`;
const tool = (name, word, key) =>
  `<button type="button" data-tool="${name}" aria-pressed="false" aria-keyshortcuts="${key}">${icon(name)}<span>${word}</span></button>`;
const act = (name, label) => `<button type="button" data-act="${name}" aria-label="${label}" title="${label}">${icon(name)}</button>`;
const key = (keys, does) => `<div><dt>${keys.split(' ').map(k => `<kbd>${k}</kbd>`).join(' ')}</dt><dd>${does}</dd></div>`;

const MARKUP = `
<div class="am-map" tabindex="0" role="application" aria-roledescription="map"></div>
<div class="am-cross" aria-hidden="true"></div>
<div class="am-pill" aria-hidden="true" hidden></div>
<div class="am-tip" aria-hidden="true" hidden></div>
<div class="am-tools" role="toolbar" aria-label="Map tools">
  ${tool('circle', 'Circle', 'c')}${tool('street', 'Street', 's')}${tool('outline', 'Outline', 'o')}${tool('pan', 'Pan', 'p')}
  <i></i><button type="button" data-act="undo" aria-label="Take the last corner back" title="Take the last corner back" hidden>${icon('undo')}</button>
  <button type="button" data-act="remove" aria-label="Remove this corner" title="Remove this corner" hidden>${icon('remove')}</button>
  <button type="button" data-act="clear" title="Clear the area">${icon('clear')}<span>Clear</span></button>
  <button type="button" data-act="keys" aria-label="Keys" title="Keys" aria-expanded="false">${icon('keys')}</button>
</div>
<div class="am-keys" hidden><dl>
  ${key('C S O P', 'circle, street, outline, pan')}${key('← ↑ → ↓', 'move the map')}${key('+ −', 'zoom')}${key('Enter', 'place the circle or a corner, or pick the street, at the cross')}${key('Enter Enter', 'close the outline')}${key('⌫', 'take the last corner or change back')}
  ${key('N', 'choose a corner')}${key('I', 'add one after it')}${key('Del', 'remove it')}
  ${key('Shift+← …', 'move the circle or the corner')}${key('[ ]', 'smaller, larger circle')}${key('Esc', 'cancel')}${key('0', 'show everything')}
</dl></div>
<div class="am-zoom" role="group" aria-label="View">${act('in', 'Zoom in')}${act('out', 'Zoom out')}${act('area', 'Show the area')}${act('all', 'Show all of the county')}</div>
<div class="am-caption" hidden></div>
<div class="am-notice" role="status" hidden></div>
<div class="am-foot">
  <output class="am-read" aria-live="polite"></output>
  <div class="am-legend" hidden></div>
  <div class="am-scale" aria-hidden="true"><i></i><span></span></div>
  <div class="am-attr"></div>
</div>`;

/** The component's markup with its parts by name. */
export function build(parent) {
  const root = document.createElement('div');
  root.className = 'am-root';
  root.innerHTML = MARKUP;
  parent.appendChild(root);
  const part = name => root.querySelector(`.am-${name}`);
  const names = ['map', 'cross', 'pill', 'tip', 'tools', 'keys', 'caption', 'notice', 'read', 'legend', 'scale', 'attr'];
  return {root, ...Object.fromEntries(names.map(name => [name, part(name)]))};
}

/** Writes text if it is new (a live region repeats whatever is written again) and hides the part when there is none. */
export function say(part, text) {
  if (part.textContent !== text) part.textContent = text;
  part.hidden = !text;
}

/** Another name for a button whose meaning depends. */
export function name(button, words) {
  if (button.title === words) return;
  button.title = words;
  button.setAttribute('aria-label', words);
}

/** Colour steps with their words, or nothing. */
export function legend(part, given, colours) {
  part.hidden = !given;
  const stamp = JSON.stringify([given, colours.DENSITY]);
  if (!given || part.dataset.stamp === stamp) return;
  part.dataset.stamp = stamp;
  const title = document.createElement('b');
  title.textContent = given.title;
  const steps = given.labels.map((label, i) => {
    const step = document.createElement('span');
    step.style.setProperty('--am-step', `rgb(${colours.DENSITY[i].slice(0, 3)})`);
    step.textContent = label;
    return step;
  });
  part.replaceChildren(title, ...steps);
}

/** A bar of a round length between 50 and 110 pixels. */
export function scale(part, viewport) {
  const perPx = viewport.metersPerPixel ?? viewport.distanceScales.metersPerUnit[0] / viewport.scale;
  const most = perPx * 110;
  const step = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map(n => n * step).find(n => n <= most);
  part.firstElementChild.style.width = `${Math.round(metres / perPx)}px`;
  say(part.lastElementChild, distanceText(metres));
}

const EDGE_PX = 4;

/** Puts a small label beside a point, on the first side where it fits and lies on no control; none out of sight. */
export function pin(part, [x, y], {width, height}, gap = 14) {
  part.style.visibility = x < 0 || y < 0 || x > width || y > height ? 'hidden' : '';
  const {offsetWidth: w, offsetHeight: h} = part;
  const across = Math.max(EDGE_PX, Math.min(width - w - EDGE_PX, x - w / 2));
  const beside = Math.max(EDGE_PX, Math.min(height - h - EDGE_PX, y - h / 2));
  const home = part.parentElement.getBoundingClientRect();
  const taken = [...part.parentElement.querySelectorAll('.am-tools, .am-zoom, .am-caption, .am-read')].map(it => it.getBoundingClientRect());
  const sides = [
    [x + gap, beside], [x - gap - w, beside], [across, y + gap], [across, y - gap - h],
    ...taken.map(it => [it.left - home.left - EDGE_PX - w, beside])
  ].filter(([left, top]) => left >= EDGE_PX && top >= EDGE_PX && left + w <= width - EDGE_PX && top + h <= height - EDGE_PX);
  const free = ([left, top]) => !taken.some(it => it.width && left < it.right - home.left && left + w > it.left - home.left
    && top < it.bottom - home.top && top + h > it.top - home.top);
  const [left, top] = sides.find(free) ?? sides[0] ?? [across, beside];
  part.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}
