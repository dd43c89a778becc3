// The school's mark, drawn once: an image address would need connect-src data:, which the security policy refuses.
const SIZE = 64;

function draw([r, g, b], [hr, hg, hb]) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext('2d');
  pen.fillStyle = `rgb(${r},${g},${b})`;
  pen.strokeStyle = `rgb(${hr},${hg},${hb})`;
  pen.lineWidth = 5;
  pen.beginPath();
  pen.roundRect(6, 6, 52, 52, 14);
  pen.fill();
  pen.stroke();
  pen.fillStyle = pen.strokeStyle;
  pen.fill(new Path2D('M32 17 L53 27 L32 37 L11 27 Z'));
  pen.fill(new Path2D('M20 34 V42 C20 47 44 47 44 42 V34 L32 40 Z'));
  return canvas;
}

/** IconLayer props for the school's mark. */
export function schoolAtlas({SCHOOL, HALO}) {
  return {
    iconAtlas: draw(SCHOOL, HALO), iconMapping: {school: {x: 0, y: 0, width: SIZE, height: SIZE}}, getIcon: () => 'school',
    sizeUnits: 'pixels'
  };
}
