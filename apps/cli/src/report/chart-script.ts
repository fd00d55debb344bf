/** Runs in the page: draws its charts with uPlot, in the colours of the reader's scheme, as wide as the page. */
export const chartScript = `
const charts = JSON.parse(document.getElementById('charts').textContent);
const hosts = [...document.querySelectorAll('.chart')];
let plots = [];
function draw() {
  for (const plot of plots) plot.destroy();
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue('--' + name).trim();
  const axis = { stroke: colour('quiet'), grid: { stroke: colour('rule'), width: 1 }, ticks: { stroke: colour('rule'), width: 1 } };
  const line = ({ label, colour: name, points }) => ({ label, stroke: colour(name), width: 2, spanGaps: true,
    points: { show: Boolean(points), size: points === 'only' ? 10 : 6, fill: colour(name) },
    ...(points === 'only' ? { paths: () => null } : {}), value: (_, v) => v == null ? '-' : v.toFixed(3) });
  plots = charts.map(({ x = { label: 'step' }, y, lines, series }, i) => new uPlot({
    width: Math.max(280, hosts[i].clientWidth - 16), height: 320,
    scales: { x: { time: false, distr: x.log ? 3 : 1 } },
    axes: [{ ...axis, label: x.label, labelSize: 20, ...(x.whole ? { incrs: [1, 2, 5, 10, 20, 50] } : {}) }, { ...axis, label: y, labelSize: 20 }],
    series: [{ label: x.label }, ...lines.map(line)],
  }, series, hosts[i]));
}
draw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
let pending;
addEventListener('resize', () => { clearTimeout(pending); pending = setTimeout(draw, 100); });
`;
