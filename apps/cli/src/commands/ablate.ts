import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { writeJsonFile, writeTextFile } from '@lookupffn/core/node';
import type { Command } from 'commander';
import { chooseRuns } from '../ablation/choose-runs.js';
import { readAblation } from '../ablation/grid.js';
import { gatherResults, paretoFront, type VariantResult } from '../ablation/results.js';
import { checkSameRuns, checkSameTokenizers } from '../ablation/same-runs.js';
import { checkSameCorpus, withTokenizers } from '../ablation/study-corpus.js';
import { isComplete, trainAll } from '../ablation/train-all.js';
import { requireOutside } from '../corpus/require-outside.js';
import { machine } from '../doctor/machine.js';
import { whole } from '../flags.js';
import { kernelOf, kernelText } from '../model/kernel.js';
import { ablationCosts, ablationPage } from '../report/ablation-page.js';
import { readConfigFile } from '../training/config.js';
import { type BackendFlags, openBackend, withBackendFlags } from '../ui/backend-flags.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';
import { requireWritable } from '../ui/writable.js';
import { newCommand } from './command.js';

interface AblateFlags extends BackendFlags {
  readonly out: string;
  readonly parallel: number;
  readonly only?: readonly string[];
  readonly init?: string;
}

/** `lookupffn ablate`. */
export function ablateCommand(io: Io): Command {
  const command = newCommand(
    'ablate',
    'Train every variant of a grid, and compare quality with FLOP, bytes and latency. Called again, it goes on.',
    [
      'lookupffn ablate grid.yaml --out runs/study',
      'lookupffn ablate grid.yaml --out runs/study --parallel 4 --threads 2',
      'lookupffn ablate grid.yaml --out runs/study --only dense,seed=0 lookup,seed=0',
      'lookupffn ablate ffns.yaml --init runs/dense --out runs/ffns',
    ],
  )
    .argument('<grid>', 'JSON or YAML with preset, base, corpus, seeds, runs and grid')
    .requiredOption('--out <folder>', 'where runs, results.json and report.html go')
    .option('--parallel <n>', 'runs at a time', whole({ min: 1, max: 64 }), 2)
    .option('--init <model>', 'the trained model that runs begin as whose configuration has an init')
    .option('--only <names...>', 'train only these: parts of names, as in lookup,seed=0 (default: all)');
  const threads = 'the CPUs, shared by the runs at a time';
  return withBackendFlags(command, threads).action((grid: string, flags: AblateFlags) =>
    interruptible(io, 'Stopping; each run writes a checkpoint.', (signal) => ablate(io, grid, flags, signal)),
  );
}

async function ablate(io: Io, grid: string, flags: AblateFlags, signal: AbortSignal): Promise<void> {
  const ablation = await readAblation(grid, flags.init === undefined ? {} : { init: resolve(flags.init) });
  const asked = flags.only && new Set(chooseRuns(ablation.runs, flags.only).map(({ name }) => name));
  const folder = resolve(flags.out);
  requireOutside(flags.out, ablation.corpus);
  await requireWritable(folder);
  await mkdir(folder, { recursive: true });
  const backend = await openBackend(flags);
  try {
    const { preset, corpus } = ablation;
    const isAsked = ({ name }: { readonly name: string }) => !asked || asked.has(name);
    await checkSameRuns(folder, ablation);
    if (ablation.runs.some((run) => isAsked(run) && !isComplete(folder, run))) {
      await checkSameCorpus(io, folder, corpus, signal);
    }
    const runs = await withTokenizers(io, folder, ablation, signal);
    await checkSameTokenizers(folder, runs);
    const threads = threadsEach(flags, backend.info.threads);
    const failed = await trainAll(io, runs.filter(isAsked), {
      folder,
      preset,
      corpus,
      parallel: flags.parallel,
      threads,
      backend: flags.backend,
      signal,
    });
    const results = runs.filter(({ trunk }) => !trunk);
    const complete = results.filter((run) => isComplete(folder, run));
    io.progress.update(() => 'measuring latency');
    const { rows, unevaluated } = await gatherResults(folder, complete, backend, signal);
    const failures = new Map([...failed, ...unevaluated]);
    const result = {
      created: new Date().toISOString(),
      machine: machine(),
      kernel: { ...kernelOf(backend.info), threads },
      grid: await readConfigFile(grid),
      variants: rows,
      failures: Object.fromEntries(failures),
    };
    const facts = [
      ['Grid', grid],
      [
        'Runs',
        `${complete.length - unevaluated.size} of ${results.length} complete, ${failures.size} failed; ${flags.parallel} at a time`,
      ],
      ['Kernel', kernelText(result.kernel)],
      ['Machine', `${result.machine.cpu}, ${result.machine.cpus} CPUs`],
      ['Made', result.created],
    ] as const;
    await writeTextFile(join(folder, 'report.html'), ablationPage('Ablation', rows, facts));
    await writeJsonFile(join(folder, 'results.json'), result);
    io.document(result);
    io.print(`${resultsTable(io, rows)}\n\nReport: ${join(flags.out, 'report.html')}`);
    for (const [run, message] of failures) io.print(`failed: ${run}: ${message}`);
    if (failures.size > 0) io.exitCode = 1;
  } finally {
    backend.dispose();
  }
}

/** Asked for by flag or environment, which the runs inherit; else the CPUs are shared by the runs at a time. */
function threadsEach({ threads, parallel }: AblateFlags, ofBackend: number): number {
  if (threads === undefined && process.env.LOOKUPFFN_NUM_THREADS) return ofBackend;
  return threads ?? Math.max(1, Math.floor(availableParallelism() / parallel));
}

function resultsTable(io: Io, rows: readonly VariantResult[]): string {
  const front = paretoFront(rows, ablationCosts[0].value);
  const sorted = [...rows].sort((a, b) => a.logPerplexity - b.logPerplexity);
  return table(
    ['Variant', 'Log perplexity', 'Seeds', ...ablationCosts.map(({ title }) => title), 'Front'],
    sorted.map((row) => [
      row.variant,
      row.logPerplexity.toFixed(4),
      String(row.seeds.length),
      ...ablationCosts.map(({ value, show }) => show(value(row))),
      front.has(row) ? '*' : '',
    ]),
    io.colours,
  );
}
