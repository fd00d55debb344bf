import { useRef, useState } from 'preact/hooks';
import { Choice } from '../ui/choice.js';
import { large } from '../ui/format.js';
import { messageOf, Notice } from '../ui/notice.js';
import { Scroll } from '../ui/scroll.js';
import type { FfnPair, FfnPoint } from '../worker/measure/ffn.js';
import type { Measured, MeasureInput } from '../worker/measure/measure.js';
import { usableModels } from './model-choice.js';
import { ModelLatency } from './model-latency.js';
import type { PanelProps } from './props.js';
import { Roofline } from './roofline.js';
import { isDisturbed } from './roofline-data.js';

/** Sizes to choose from: the demo's, a mini and a base model's. */
const sizes = [
  { hidden: 128, tables: 32, block: 8 },
  { hidden: 384, tables: 64, block: 32 },
  { hidden: 768, tables: 128, block: 64 },
] as const;

const batchSizes = [1, 8, 64, 256];
const rounds = 7;

function pairOf(size: (typeof sizes)[number], dtype: FfnPair['dtype']): FfnPair {
  const { hidden, tables, block } = size;
  const lookup = {
    hidden,
    out: hidden,
    tables,
    bits: 8,
    projection: 'bh4',
    block,
    stages: 4,
    read: 'single',
  } as const;
  return { lookup, inner: 4 * hidden, dtype };
}

function FfnTable({ points }: { points: readonly FfnPoint[] }) {
  const titles = { dense: 'dense', lookup: 'LookupFFN' };
  return (
    <Scroll label="Figures of both FFNs">
      <table class="figures" id="ffn-figures">
        <thead>
          <tr>
            <th scope="col">Tokens</th>
            <th scope="col">FFN</th>
            <th scope="col">µs/token</th>
            <th scope="col">FLOP/token</th>
            <th scope="col">Bytes/token</th>
            <th scope="col">GFLOP/s</th>
            <th scope="col">GB/s</th>
            <th scope="col">Kept as</th>
          </tr>
        </thead>
        <tbody>
          {points.map(({ kind, tokens, microsPerToken, flop, bytes, dtype }) => (
            <tr key={`${kind} ${tokens}`} class={kind}>
              <th scope="row">{tokens}</th>
              <td>{titles[kind]}</td>
              <td>{microsPerToken.toFixed(2)}</td>
              <td>{large(flop)}</td>
              <td>{large(bytes)}</td>
              <td>{(flop / microsPerToken / 1e3).toFixed(1)}</td>
              <td>{(bytes / microsPerToken / 1e3).toFixed(2)}</td>
              <td>{dtype}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Ratios({ points }: { points: readonly FfnPoint[] }) {
  const dense = points.filter(({ kind }) => kind === 'dense');
  return (
    <ul class="ratios">
      {dense.map(({ tokens, microsPerToken }) => {
        const lookup = points.find((point) => point.kind === 'lookup' && point.tokens === tokens);
        if (!lookup) return null;
        return (
          <li key={tokens}>
            <strong>{(microsPerToken / lookup.microsPerToken).toFixed(1)}×</strong> as fast at {tokens}{' '}
            {tokens === 1 ? 'token' : 'tokens'}
          </li>
        );
      })}
    </ul>
  );
}

/** Measures the machine that the page is open on: what it can do, and how near each FFN comes. */
export function BenchmarkPanel({ description, engine }: PanelProps) {
  const [size, setSize] = useState<(typeof sizes)[number]>(sizes[0]);
  const [dtype, setDtype] = useState<FfnPair['dtype']>('f32');
  const [measured, setMeasured] = useState<Measured>();
  const [error, setError] = useState('');
  const [running, setRunning] = useState(false);
  const stop = useRef<AbortController>(undefined);
  const usable = usableModels(description);
  const start = async () => {
    const control = new AbortController();
    stop.current = control;
    setRunning(true);
    setError('');
    setMeasured(undefined);
    try {
      // The page's models are measured too, and all of them.
      await Promise.all(usable.map((model) => engine.open(model)));
      const input: MeasureInput = { pair: pairOf(size, dtype), models: usable, batchSizes, rounds };
      setMeasured(await engine.run('measure', input, { signal: control.signal, onProgress: setMeasured }));
    } catch (reason) {
      if (!control.signal.aborted) setError(messageOf(reason));
    } finally {
      setRunning(false);
    }
  };
  return (
    <>
      <p class="hint">
        Times one thread of this browser: a dense FFN (d, 4d, GELU) and the LookupFFN that replaces it, in
        turns, with random weights; then the models of this page. Close what else computes.
      </p>
      <div class="row">
        <Choice
          label="Hidden size"
          options={sizes.map((value) => ({ value, label: `d = ${value.hidden}` }))}
          value={size}
          onChange={setSize}
        />
        <Choice
          label="Weights kept as"
          options={(['f32', 'int8'] as const).map((value) => ({ value, label: value }))}
          value={dtype}
          onChange={setDtype}
        />
        {running ? (
          <button type="button" class="main" onClick={() => stop.current?.abort()}>
            Stop
          </button>
        ) : (
          <button type="button" class="main" onClick={start}>
            Measure
          </button>
        )}
      </div>
      {error && <Notice error>{error}</Notice>}
      <Notice>{running ? `Measuring ${measured?.what ?? ''}…` : ''}</Notice>
      {measured?.peaks && (
        <p class="summary" id="peaks">
          One thread here reaches <strong>{measured.peaks.gigaflops.toFixed(1)} GFLOP/s</strong> in a matrix
          product and reads weights at <strong>{measured.peaks.memoryGigabytes.toFixed(1)} GB/s</strong> from
          memory, <strong>{measured.peaks.cacheGigabytes.toFixed(1)} GB/s</strong> from a cache.
        </p>
      )}
      {measured && measured.points.length > 0 && measured.peaks && (
        <>
          <h2>LookupFFN beside dense</h2>
          {measured.points.some((point) => isDisturbed(measured.peaks!, point)) && (
            <Notice error>
              Something else was computing here meanwhile: some samples of one point are far apart. Do not
              trust these figures; measure again when the machine is quiet.
            </Notice>
          )}
          <Ratios points={measured.points} />
          <Roofline peaks={measured.peaks} points={measured.points} />
          <FfnTable points={measured.points} />
        </>
      )}
      {measured && measured.models.length > 0 && (
        <>
          <h2>The models of this page</h2>
          <ModelLatency models={usable.map((model) => description.models[model]!)} points={measured.models} />
        </>
      )}
    </>
  );
}
