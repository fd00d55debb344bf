// A plot as one SVG file: points of some series, joined in the order of x.
const size = { width: 760, height: 420, left: 60, right: 210, top: 30, bottom: 50 };
const colours = ['#666', '#b34700', '#0060a8', '#2a7d2a', '#8a3ea8', '#a00040'];
const entities = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** The powers of ten from the first at or above `low` to the last at or below `high`, both logarithms. */
const powers = (low, high) =>
  Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, i) => Math.ceil(low) + i);

/**
 * Both axes are logarithmic. `series`: name to points `{ x, y }`, y a share of 1; `line` is a level drawn across, with
 * its name.
 */
export function plot({ title, x: xTitle, y: yTitle, series, line }) {
  const all = [...series.values()].flat();
  const range = (values) => [Math.min, Math.max].map((f) => f(...values.map(Math.log10)));
  const [low, high] = range(all.map(({ x }) => x));
  const [bottom, top] = range([...all.map(({ y }) => y), line.y, 1]);
  const inner = { w: size.width - size.left - size.right, h: size.height - size.top - size.bottom };
  const px = (x) => size.left + ((Math.log10(x) - low) / (high - low || 1)) * inner.w;
  const py = (y) => size.top + ((top - Math.log10(y)) / (top - bottom || 1)) * inner.h;
  const at = (value) => value.toFixed(1);
  const text = (x, y, content, more = '') =>
    `<text x="${at(x)}" y="${at(y)}" ${more}>${entities(content)}</text>`;
  const end = size.left + inner.w;
  const parts = [text(size.left, 18, title, 'font-weight="bold"')];
  for (const power of powers(low, high)) {
    const x = px(10 ** power);
    parts.push(`<path d="M${at(x)} ${size.top}V${size.top + inner.h}" stroke="#ddd"/>`);
    parts.push(text(x, size.height - 30, `1e${power}`, 'text-anchor="middle"'));
  }
  for (const power of powers(bottom, top)) {
    const y = py(10 ** power);
    parts.push(`<path d="M${size.left} ${at(y)}H${at(end)}" stroke="#ddd"/>`);
    parts.push(text(size.left - 6, y + 4, `${100 * 10 ** power}%`, 'text-anchor="end"'));
  }
  parts.push(text(size.left + inner.w / 2, size.height - 8, xTitle, 'text-anchor="middle"'));
  parts.push(
    text(
      0,
      0,
      yTitle,
      `text-anchor="middle" transform="translate(14 ${size.top + inner.h / 2}) rotate(-90)"`,
    ),
  );
  parts.push(`<path d="M${size.left} ${at(py(line.y))}H${at(end)}" stroke="#000" stroke-dasharray="4 3"/>`);
  parts.push(text(end + 8, py(line.y) + 4, line.name));
  [...series].forEach(([name, points], i) => {
    const colour = colours[i % colours.length];
    const sorted = [...points].sort((a, b) => a.x - b.x);
    const path = sorted.map(({ x, y }, k) => `${k ? 'L' : 'M'}${at(px(x))} ${at(py(y))}`).join('');
    parts.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`);
    for (const { x, y } of sorted)
      parts.push(`<circle cx="${at(px(x))}" cy="${at(py(y))}" r="4" fill="${colour}"/>`);
    parts.push(`<circle cx="${end + 14}" cy="${size.top + 8 + 20 * i}" r="4" fill="${colour}"/>`);
    parts.push(text(end + 24, size.top + 12 + 20 * i, name));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12"><title>${title}</title><rect width="100%" height="100%" fill="#fff"/>${parts.join('\n')}</svg>\n`;
}
