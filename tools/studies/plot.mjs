// A plot as one SVG file: points of some series, joined in the order of x.
const size = { width: 760, height: 420, left: 64, right: 210, top: 30, bottom: 50 };
const colours = ['#666', '#b34700', '#0060a8', '#2a7d2a', '#8a3ea8', '#a00040', '#b08900', '#00898f'];
const entities = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** Multiples of 1, 2 or 5 times a power of ten, some six of them from `low` to `high`. */
function wholeTicks(low, high) {
  const rough = (high - low || 1) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Powers of ten between two of their exponents; where there are few, their double and fivefold, too. */
function logTicks(low, high) {
  const factors = high - low < 2 ? [1, 2, 5] : [1];
  const powers = Array.from(
    { length: Math.floor(high) - Math.floor(low) + 1 },
    (_, i) => 10 ** (Math.floor(low) + i),
  );
  const all = powers.flatMap((power) => factors.map((factor) => Number((factor * power).toPrecision(12))));
  return all.filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high);
}

/** Where an axis puts a value, 0 at its beginning and 1 at its end, and which values it names. */
function scaleOf(values, log) {
  const to = log ? Math.log10 : (value) => value;
  const [low, high] = [Math.min, Math.max].map((f) => f(...values.map(to)));
  const ticks = log ? logTicks(low, high) : wholeTicks(low, high);
  return { at: (value) => (to(value) - low) / (high - low || 1), ticks };
}

/**
 * `series`: name to points `{ x, y }`. An axis is `{ title, log, show }`, `show` being the text of a value; `include` are
 * values that the y axis has to reach. A series of `dots` (default: all) has its points marked. `line` is a level drawn
 * across, with its name.
 */
export function plot({ title, x, y, series, line, dots = [...series.keys()], include = [] }) {
  const all = [...series.values()].flat();
  const inner = { w: size.width - size.left - size.right, h: size.height - size.top - size.bottom };
  const levels = line ? [line.y, ...include] : include;
  const [across, up] = [
    scaleOf(
      all.map((point) => point.x),
      x.log,
    ),
    scaleOf([...all.map((point) => point.y), ...levels], y.log),
  ];
  const px = (value) => size.left + across.at(value) * inner.w;
  const py = (value) => size.top + (1 - up.at(value)) * inner.h;
  const at = (value) => value.toFixed(1);
  const text = (left, top, content, more = '') =>
    `<text x="${at(left)}" y="${at(top)}" ${more}>${entities(content)}</text>`;
  const end = size.left + inner.w;
  const parts = [text(size.left, 18, title, 'font-weight="bold"')];
  for (const tick of across.ticks) {
    parts.push(`<path d="M${at(px(tick))} ${size.top}V${size.top + inner.h}" stroke="#ddd"/>`);
    parts.push(text(px(tick), size.height - 30, x.show(tick), 'text-anchor="middle"'));
  }
  for (const tick of up.ticks) {
    parts.push(`<path d="M${size.left} ${at(py(tick))}H${at(end)}" stroke="#ddd"/>`);
    parts.push(text(size.left - 6, py(tick) + 4, y.show(tick), 'text-anchor="end"'));
  }
  parts.push(text(size.left + inner.w / 2, size.height - 8, x.title, 'text-anchor="middle"'));
  const turned = `text-anchor="middle" transform="translate(14 ${size.top + inner.h / 2}) rotate(-90)"`;
  parts.push(text(0, 0, y.title, turned));
  if (line) {
    parts.push(`<path d="M${size.left} ${at(py(line.y))}H${at(end)}" stroke="#000" stroke-dasharray="4 3"/>`);
    parts.push(text(end + 8, py(line.y) + 4, line.name));
  }
  [...series].forEach(([name, points], i) => {
    const colour = colours[i % colours.length];
    const sorted = points.toSorted((a, b) => a.x - b.x);
    const path = sorted.map((point, k) => `${k ? 'L' : 'M'}${at(px(point.x))} ${at(py(point.y))}`).join('');
    parts.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`);
    if (dots.includes(name)) {
      for (const point of sorted)
        parts.push(`<circle cx="${at(px(point.x))}" cy="${at(py(point.y))}" r="4" fill="${colour}"/>`);
    }
    parts.push(`<circle cx="${end + 14}" cy="${size.top + 8 + 20 * i}" r="4" fill="${colour}"/>`);
    parts.push(text(end + 24, size.top + 12 + 20 * i, name));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12"><title>${entities(title)}</title><rect width="100%" height="100%" fill="#fff"/>${parts.join('\n')}</svg>\n`;
}
