// Which of the two palettes to draw in, and the colours of each. Python names colours ("@@#BOUNDARY"); only this file mixes them.
const LIGHT = {
  LAND: [243, 241, 236],
  OUTSIDE: [214, 211, 204, 200],
  BOUNDARY: [92, 97, 112],
  NEIGHBOURHOOD: [120, 112, 140, 130],
  HALO: [250, 249, 246, 240],
  LIVE_ALERT: [64, 70, 84, 230],
  LIVE_ALERT_FILL: [64, 70, 84, 20],
  DENSITY: [[196, 232, 223, 140], [138, 206, 194, 140], [76, 172, 160, 140], [26, 128, 121, 145], [6, 82, 82, 150]]
};
const DARK = {
  LAND: [27, 31, 38],
  OUTSIDE: [13, 15, 19, 200],
  BOUNDARY: [150, 158, 174],
  NEIGHBOURHOOD: [150, 146, 176, 90],
  HALO: [18, 21, 26, 235],
  LIVE_ALERT: [206, 212, 224, 220],
  LIVE_ALERT_FILL: [206, 212, 224, 16],
  DENSITY: [[24, 78, 78, 130], [22, 108, 104, 135], [34, 146, 136, 135], [92, 190, 172, 135], [178, 232, 214, 140]]
};
const NAMES = ['LOWEST', 'LOW', 'MIDDLE', 'HIGH', 'HIGHEST'];

let pen;

/** "rgb(…)", "#rrggbb" or a colour's name → [r, g, b]. */
export function rgb(css) {
  pen ??= document.createElement('canvas').getContext('2d');
  pen.fillStyle = '#000000'; // a colour that it does not know would leave the last
  pen.fillStyle = css;
  const hex = pen.fillStyle;
  if (!hex.startsWith('#')) return hex.match(/[\d.]+/g).slice(0, 3).map(Number);
  return [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
}

function isDark([r, g, b]) {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128;
}

/** The palette an element stands in: Python's word if given, else judged by the page's background. */
export function themeOf(element, asked) {
  const css = getComputedStyle(element);
  const of = (name, otherwise) => css.getPropertyValue(name).trim() || otherwise;
  const dark = asked ? asked === 'dark' : isDark(rgb(of('--st-background-color', '#ffffff')));
  const palette = dark ? DARK : LIGHT;
  const accent = rgb(of('--st-primary-color', '#2f6fed'));
  const density = Object.fromEntries(NAMES.map((name, i) => [`DENSITY_${name}`, palette.DENSITY[i]]));
  return {
    name: dark ? 'dark' : 'light',
    key: `${dark} ${accent}`,
    colours: {...palette, ...density, ACCENT: accent},
    font: css.fontFamily || 'sans-serif'
  };
}
