// Small marks on the ground, drawn once: the plate behind a road's number, and what a place is for.
const SHARP = 2;
//: Kinds of place that have one.
export const MARKS = ['school', 'police', 'hospital', 'station'];
const LETTERS = {hospital: 'H', police: 'P'};

function drawn(size, draw) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size * SHARP;
  const pen = canvas.getContext('2d');
  pen.scale(SHARP, SHARP);
  draw(pen, size);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function plate({plate: paper, plateEdge}) {
  const data = drawn(14, (pen, size) => {
    Object.assign(pen, {fillStyle: paper, strokeStyle: plateEdge, lineWidth: 1});
    pen.beginPath();
    pen.roundRect(1, 1, size - 2, size - 2, 3);
    pen.fill();
    pen.stroke();
  });
  return {data, options: {pixelRatio: SHARP, stretchX: [[10, 18]], stretchY: [[10, 18]], content: [6, 4, 22, 24]}};
}

function mark(kind, {marks, halo}) {
  const data = drawn(18, (pen, size) => {
    const middle = size / 2;
    Object.assign(pen, {fillStyle: marks[kind], strokeStyle: halo, lineWidth: 1.5, textAlign: 'center', textBaseline: 'middle', font: '700 10px sans-serif'});
    pen.beginPath();
    pen.arc(middle, middle, 7, 0, 2 * Math.PI);
    pen.fill();
    pen.stroke();
    pen.fillStyle = halo;
    if (LETTERS[kind]) pen.fillText(LETTERS[kind], middle, middle + 0.5);
    else if (kind === 'school') pen.fill(new Path2D('M9 4.8 14 7.4 9 10 4 7.4zM6 9.6v2.2c0 .9 1.3 1.7 3 1.7s3-.8 3-1.7V9.6L9 11.2z'));
    else pen.fill(new Path2D('M6.2 5.2h5.6c.6 0 1 .4 1 1v5c0 .6-.4 1-1 1l1 1.6h-1.4l-1-1.6H7.6l-1 1.6H5.2l1-1.6c-.6 0-1-.4-1-1v-5c0-.6.4-1 1-1zM6.4 6.5v2.2h5.2V6.5z'));
  });
  return {data, options: {pixelRatio: SHARP}};
}

/** Every image that the style names. */
export function markImages(palette) {
  const kinds = MARKS.map(kind => [kind, mark(kind, palette)]);
  return {plate: plate(palette), ...Object.fromEntries(kinds)};
}
