import { useEffect, useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { axis, Chart, type ChartOptions, type Colours } from '../ui/chart.js';
import { count, percent } from '../ui/format.js';
import { messageOf, Notice } from '../ui/notice.js';
import { Scroll } from '../ui/scroll.js';
import type { Health, LayerHealth } from '../worker/health.js';
import type { Progress } from '../worker/progress.js';
import { ModelChoice, usableModels } from './model-choice.js';
import type { PanelProps } from './props.js';

/** Enough for the figures to settle, few enough to wait for. */
const sampleSentences = 400;

/** Spread over all of them, for neighbours come from one speech. */
function sampleOf(sentences: readonly string[]): string[] {
  const step = Math.max(1, sentences.length / sampleSentences);
  return Array.from(
    { length: Math.min(sampleSentences, sentences.length) },
    (_, i) => sentences[Math.floor(i * step)]!,
  );
}

function useHealth({ engine, sentences }: PanelProps, model: number | undefined) {
  const [state, setState] = useState<{ health?: Health; progress?: Progress; error?: string }>({});
  useEffect(() => {
    if (model === undefined || sentences.length === 0) return;
    const stop = new AbortController();
    setState({});
    engine
      .run(
        'health',
        { model, sentences: sampleOf(sentences) },
        { signal: stop.signal, onProgress: (progress) => setState({ progress }) },
      )
      .then(
        (health) => setState({ health }),
        (error: unknown) => {
          if (!stop.signal.aborted) setState({ error: messageOf(error) });
        },
      );
    return () => stop.abort();
  }, [engine, sentences, model]);
  return state;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** There is no half a table. */
const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000];

/** From the first layer's hue to the last one's. */
function layerColour(colours: Colours, layer: number, layers: number): string {
  const hue = 172 + (layers > 1 ? (150 * layer) / (layers - 1) : 0);
  return `hsl(${hue} 60% ${colours('chart-lightness')})`;
}

const loadOptions =
  (layers: readonly LayerHealth[]): ChartOptions =>
  (colours) => ({
    scales: { x: { time: false }, y: { distr: 3 } },
    legend: { live: false },
    cursor: { show: false },
    axes: [
      axis(colours, 'cells, busiest first', { incrs: wholeSteps }),
      axis(colours, 'share of tokens', {
        size: 62,
        values: (_, ticks) =>
          ticks.map((tick) => (tick === null ? '' : `${Number((tick * 100).toPrecision(2))} %`)),
      }),
    ],
    series: [
      {},
      ...layers.map(({ layer }, i) => ({
        label: `layer ${layer + 1}`,
        stroke: layerColour(colours, i, layers.length),
        width: 2,
        points: { show: false },
      })),
      { label: 'used alike', stroke: colours('quiet'), width: 1, dash: [3, 3], points: { show: false } },
    ],
  });

function LoadChart({ layers }: { layers: readonly LayerHealth[] }) {
  const options = useMemo(() => loadOptions(layers), [layers]);
  const data = useMemo<uPlot.AlignedData>(() => {
    const cells = layers[0]!.cells;
    return [
      Array.from({ length: cells }, (_, rank) => rank + 1),
      // A logarithm has no place for cells that nobody read.
      ...layers.map(({ load }) => load.map((share) => (share > 0 ? share : null))),
      new Array<number>(cells).fill(1 / cells),
    ];
  }, [layers]);
  return (
    <Chart
      label="How the tokens spread over a table's cells, layer by layer; the table below has the figures."
      options={options}
      data={data}
    />
  );
}

const occupancyOptions =
  (layers: readonly LayerHealth[]): ChartOptions =>
  (colours) => ({
    scales: { x: { time: false }, y: { range: [0, 1] } },
    legend: { live: false },
    cursor: { show: false },
    axes: [
      axis(colours, 'table', { incrs: wholeSteps }),
      axis(colours, 'cells in use', {
        size: 62,
        values: (_, ticks) => ticks.map((tick) => `${Math.round(tick * 100)} %`),
      }),
    ],
    series: [
      {},
      ...layers.map(({ layer }, i) => ({
        label: `layer ${layer + 1}`,
        stroke: layerColour(colours, i, layers.length),
        // Tables have no order that a line could follow.
        paths: () => null,
        points: { show: true, size: 7, fill: layerColour(colours, i, layers.length) },
      })),
    ],
  });

function OccupancyChart({ layers }: { layers: readonly LayerHealth[] }) {
  const options = useMemo(() => occupancyOptions(layers), [layers]);
  const data = useMemo<uPlot.AlignedData>(
    () => [
      layers[0]!.occupancy.map((_, table) => table + 1),
      ...layers.map(({ occupancy }) => [...occupancy]),
    ],
    [layers],
  );
  return <Chart label="Share of each table's cells in use, layer by layer." options={options} data={data} />;
}

/** How evenly the tables are used by ordinary sentences. */
export function TablesPanel(props: PanelProps) {
  const { description } = props;
  const usable = usableModels(description, 'lookup');
  const [model, setModel] = useState<number | undefined>(usable[0]);
  const { health, progress, error } = useHealth(props, model);
  if (usable.length === 0) {
    return <Notice>There is no look-up model here whose weights the browser may have.</Notice>;
  }
  if (description.sentences === null) return <Notice>No sentences came with this page.</Notice>;
  return (
    <>
      <ModelChoice description={description} kind="lookup" value={model!} onChange={setModel} />
      {error && <Notice error>{error}</Notice>}
      {!health && !error && (
        <p class="progress">
          <progress max={progress?.total ?? 1} value={progress?.done ?? 0} aria-label="Sentences run" />
          <span>Running sentences through the model</span>
        </p>
      )}
      {health && (
        <>
          <p class="summary">
            {count(health.tokens)} tokens of {description.sentences.from}. Cells that nothing reads are memory
            for nothing; a cell that everything reads tells nothing apart.
          </p>
          <Scroll label="Health of each layer">
            <table class="figures">
              <thead>
                <tr>
                  <th scope="col">Layer</th>
                  <th scope="col">Cells in use</th>
                  <th scope="col">Evenness</th>
                  <th scope="col">Tokens in the busiest</th>
                </tr>
              </thead>
              <tbody>
                {health.layers.map((layer) => (
                  <tr key={layer.layer} data-layer={layer.layer}>
                    <th scope="row">{layer.layer + 1}</th>
                    <td>{percent(mean(layer.occupancy))}</td>
                    <td>{percent(mean(layer.evenness))}</td>
                    <td>{percent(Math.max(...layer.busiest))}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          <h2>Skew: tokens a cell, busiest first</h2>
          <LoadChart layers={health.layers} />
          <h2>Occupancy of each table</h2>
          <OccupancyChart layers={health.layers} />
          <p class="hint">
            Evenness is exp(entropy of the codes) over the number of cells: 100 % when all are used alike.
          </p>
        </>
      )}
    </>
  );
}
