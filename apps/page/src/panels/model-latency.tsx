import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import type { PageModel } from '../description.js';
import { axis, Chart, type ChartOptions } from '../ui/chart.js';
import { Scroll } from '../ui/scroll.js';
import type { ModelPoint } from '../worker/measure/models.js';

/** Time of the page's own models against the length of the text. */
export function ModelLatency(props: { models: readonly PageModel[]; points: readonly ModelPoint[] }) {
  const { models, points } = props;
  const options = useMemo<ChartOptions>(
    () => (colours) => ({
      scales: { x: { time: false, distr: 3, log: 2 }, y: { range: (_, __, max) => [0, max * 1.1] } },
      legend: { live: false },
      cursor: { show: false },
      axes: [
        axis(colours, 'tokens', {
          values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : `${tick}`)),
        }),
        axis(colours, 'milliseconds', { size: 60 }),
      ],
      series: [
        {},
        ...models.map(({ label, ffn }) => ({
          label,
          stroke: colours(ffn),
          width: 2,
          points: { show: true, size: 8, fill: colours(ffn) },
        })),
      ],
    }),
    [models],
  );
  const data = useMemo<uPlot.AlignedData>(
    () => [
      points.map(({ tokens }) => tokens),
      ...models.map((_, i) => points.map(({ milliseconds }) => milliseconds[i]!)),
    ],
    [models, points],
  );
  return (
    <>
      <Chart label="Encoder time of each model by length of text." options={options} data={data} />
      <Scroll label="Encoder times">
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">Tokens</th>
              {models.map(({ name, label }) => (
                <th scope="col" key={name}>
                  {label}, ms
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {points.map(({ tokens, milliseconds }) => (
              <tr key={tokens}>
                <th scope="row">{tokens}</th>
                {milliseconds.map((value, i) => (
                  <td key={models[i]!.name}>{value.toFixed(2)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
