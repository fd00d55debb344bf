/** Runs in the page: draws the loss curves with uPlot, in the colours of the reader's scheme, as wide as the page. */
export const chartScript = `
const { series, titles } = JSON.parse(document.getElementById('curves').textContent);
const host = document.getElementById('chart');
let plot;
function draw() {
  if (plot) plot.destroy();
  const css = getComputedStyle(document.documentElement);
  const colour = (name) => css.getPropertyValue('--' + name).trim();
  const axis = { stroke: colour('quiet'), grid: { stroke: colour('rule'), width: 1 }, ticks: { stroke: colour('rule'), width: 1 } };
  const line = (label, name) => ({ label, stroke: colour(name), width: 2, spanGaps: true, points: { show: false },
    value: (_, v) => v == null ? '-' : v.toFixed(3) });
  plot = new uPlot({
    width: Math.max(280, host.clientWidth - 16), height: 320,
    scales: { x: { time: false } },
    axes: [{ ...axis, label: 'step', labelSize: 20 }, { ...axis, label: 'training loss (nats, smoothed)', labelSize: 20 }],
    series: [{ label: 'step' }, line(titles.dense, 'dense'), line(titles.lookup, 'lookup')],
  }, series, host);
}
draw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
let pending;
addEventListener('resize', () => { clearTimeout(pending); pending = setTimeout(draw, 100); });
`;
