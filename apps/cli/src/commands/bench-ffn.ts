import { type LookupFfnConfig, readModes, type TableDtype, validateLookupFfnConfig } from '@lookupffn/core';
import { type Command, Option } from 'commander';
import { benchFfn, type FfnBench } from '../bench/ffn.js';
import { ffnRates, ffnRecords } from '../bench/rates.js';
import { listOf, whole } from '../flags.js';
import { kernelOf, kernelText } from '../model/kernel.js';
import { openBackend } from '../ui/backend-flags.js';
import { bytes } from '../ui/format.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';
import { type RunFlags, recordsOf, tableDtypes, withRunFlags } from './bench-run.js';
import { newCommand } from './command.js';

interface BenchFlags extends RunFlags {
  readonly d: number;
  readonly ff?: number;
  readonly tables: number;
  readonly tau: number;
  readonly block: number;
  readonly stages: number;
  readonly projection: LookupFfnConfig['projection'];
  readonly read: LookupFfnConfig['read'];
  readonly dtype: TableDtype;
  readonly tokens: number[];
  readonly layers: number;
}

/** `lookupffn bench ffn`. */
export function benchFfnCommand(io: Io): Command {
  const size = whole({ min: 1, max: 65536 });
  const command = newCommand(
    'ffn',
    'Time a LookupFFN against the dense FFN (d, 4d, GELU) on the same backend.',
    [
      'lookupffn bench ffn',
      'lookupffn bench ffn --d 768 --tables 128 --tau 8 --block 64 --tokens 1,8,128,2048 --threads 1 --json',
      'lookupffn bench ffn --read two-cell --backend wasm',
      'lookupffn bench ffn -p 1,128 -t 1,2 --dtype int8 -o md',
    ],
  )
    .option('--d <n>', 'hidden size', size, 768)
    .option('--ff <n>', 'width of the dense FFN (default: 4 d)', size)
    .option('--tables <n>', 'tables', size, 128)
    .option('--tau <n>', 'bits per table', whole({ min: 0 }), 8)
    .option('--block <n>', 'BH4 block size', whole({ min: 0 }), 64)
    .option('--stages <n>', 'BH4 stages', whole({ min: 0 }), 4)
    .addOption(new Option('--projection <kind>', 'projection').choices(['bh4', 'dense']).default('bh4'))
    .addOption(new Option('--read <mode>', 'how cells are read').choices(readModes).default('single'))
    .addOption(
      new Option('--dtype <type>', 'how tables are kept (int8: dense weights too)')
        .choices(tableDtypes)
        .default('f32'),
    )
    .option(
      '-p, --tokens <list>',
      'tokens a call',
      listOf(whole({ min: 1, max: 1 << 20 })),
      [1, 8, 128, 2048],
    )
    .option('--layers <n>', 'distinct layers used in turn', whole({ min: 1, max: 64 }), 4);
  return withRunFlags(command).action((flags: BenchFlags) => benchAction(io, flags));
}

async function benchAction(io: Io, flags: BenchFlags): Promise<void> {
  // One document as ever, unless a form of output or several numbers of threads are asked for.
  if (flags.output === undefined && (flags.threads?.length ?? 1) === 1) return compareAction(io, flags);
  const lookup = lookupOf(flags);
  const { tokens, layers, repeat, dtype } = flags;
  const intermediate = flags.ff ?? 4 * flags.d;
  await recordsOf(io, flags, async (contenders, signal) => {
    const onProgress = (what: string) => io.progress.update(() => `bench ffn: ${what}`);
    const options = { lookup, intermediate, dtype, tokens, layers, repeat, signal, onProgress };
    const backends = contenders.map(({ backend }) => backend);
    const benches = await benchFfn(backends, options);
    return benches.flatMap((bench, i) => ffnRecords(backends[i]!, bench, options, contenders[i]!.roofline));
  });
}

function lookupOf(flags: BenchFlags): LookupFfnConfig {
  return validateLookupFfnConfig({
    hidden: flags.d,
    out: flags.d,
    tables: flags.tables,
    bits: flags.tau,
    projection: flags.projection,
    block: flags.block,
    stages: flags.stages,
    read: flags.read,
  });
}

async function compareAction(io: Io, flags: BenchFlags): Promise<void> {
  const lookup = lookupOf(flags);
  const intermediate = flags.ff ?? 4 * flags.d;
  const { dtype, tokens, layers, repeat } = flags;
  const backend = await openBackend({ backend: flags.backend, threads: flags.threads?.[0] });
  try {
    const benches = await interruptible(io, 'Stopping.', (signal) =>
      benchFfn([backend], {
        lookup,
        intermediate,
        dtype,
        tokens,
        layers,
        repeat,
        signal,
        onProgress: (what) => io.progress.update(() => `bench ffn: ${what}`),
      }),
    );
    const bench = benches[0]!;
    const { name, isa, threads } = backend.info;
    const rates = ffnRates(bench, lookup, intermediate);
    io.document({
      backend: { name, isa, threads },
      lookup,
      intermediate,
      layers,
      repeat,
      dtypes: bench.dtypes,
      bytesPerLayer: bench.bytes,
      rows: bench.rows.map((row, i) => ({
        tokens: row.tokens,
        dense: { ...row.dense, ...rates[i]!.dense },
        lookup: { ...row.lookup, ...rates[i]!.lookup },
        ratio: row.ratio,
        ratioSpread: row.ratioSpread,
      })),
    });
    io.print(benchText(io, flags, bench, rates, kernelText(kernelOf(backend.info))));
  } finally {
    backend.dispose();
  }
}

function benchText(
  io: Io,
  flags: BenchFlags,
  bench: FfnBench,
  rates: ReturnType<typeof ffnRates>,
  kernel: string,
): string {
  const spread = (value: number) => `±${(value * 50).toFixed(0)}%`;
  const rows = bench.rows.map((row, i) => [
    String(row.tokens),
    ...(['dense', 'lookup'] as const).flatMap((side) => [
      `${row[side].microsPerToken.toPrecision(3)} ${spread(row[side].spread)}`,
      rates[i]![side].gigaflopsPerSecond.toPrecision(3),
      rates[i]![side].gigabytesPerSecond.toPrecision(3),
    ]),
    `${row.ratio.toFixed(2)}x ${spread(row.ratioSpread)}`,
  ]);
  const { d, tables, tau, block, read } = flags;
  return [
    `${kernel}; d ${d}, ${tables} tables of ${tau} bits, block ${block}, read ${read}; ${flags.layers} layers in turn`,
    `a layer's weights: dense ${bench.dtypes.dense} ${bytes(bench.bytes.dense)}, lookup ${bench.dtypes.lookup} ${bytes(bench.bytes.lookup)}`,
    '',
    table(
      ['tokens', 'dense us/token', 'GFLOP/s', 'GB/s', 'lookup us/token', 'GFLOP/s', 'GB/s', 'dense/lookup'],
      rows,
      io.colours,
      rowsAlign,
    ),
    '',
    'us/token: median and half the interquartile range. GB/s: weights that a batch must read at least once.',
  ].join('\n');
}

const rowsAlign = Array.from({ length: 8 }, () => 'right' as const);
