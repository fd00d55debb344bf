import { useMemo } from 'preact/hooks';
import { axis, Chart, type ChartOptions } from '../ui/chart.js';
import { large } from '../ui/format.js';
import type { FfnPoint } from '../worker/measure/ffn.js';
import type { Peaks } from '../worker/measure/peaks.js';
import { rooflineData } from './roofline-data.js';

const options: ChartOptions = (colours) => {
  const roof = (label: string, stroke: string, dash: number[]) => ({
    label,
    stroke,
    dash,
    width: 1.5,
    spanGaps: true,
    points: { show: false },
  });
  const dots = (label: string, colour: string) => ({
    label,
    stroke: colour,
    paths: () => null,
    points: { show: true, size: 10, fill: colour, stroke: colours('ground') },
  });
  return {
    scales: { x: { time: false, distr: 3 }, y: { distr: 3 } },
    legend: { live: false },
    cursor: { show: false },
    axes: [
      axis(colours, 'FLOP a byte of weights read', {
        values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : large(tick))),
      }),
      axis(colours, 'GFLOP/s', {
        size: 60,
        values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : large(tick))),
      }),
    ],
    series: [
      {},
      roof('roof, weights from memory', colours('quiet'), []),
      roof('roof, weights from a cache', colours('quiet'), [5, 4]),
      dots('dense FFN', colours('dense')),
      dots('LookupFFN', colours('lookup')),
    ],
  };
};

/** What was reached, under what this machine can do at each ratio of arithmetic to reading. */
export function Roofline({ peaks, points }: { peaks: Peaks; points: readonly FfnPoint[] }) {
  const data = useMemo(() => rooflineData(peaks, points), [peaks, points]);
  return (
    <Chart
      label="Roofline: GFLOP per second against FLOP per byte, dense and look-up FFN; the table has the figures."
      options={options}
      data={data}
      height={320}
    />
  );
}
