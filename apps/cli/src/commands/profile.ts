import { resolve } from 'node:path';
import type { TableDtype } from '@lookupffn/core';
import { writeTextFile } from '@lookupffn/core/node';
import { loadModelFolder } from '@lookupffn/roberta/node';
import { type Command, Option } from 'commander';
import { listOf, whole } from '../flags.js';
import { requireModelFolder } from '../model/open-fill-mask.js';
import { profileHtml } from '../profile/page.js';
import { type Profile, profileModel } from '../profile/profile.js';
import { layerRows, limitRows, type Rows } from '../profile/rows.js';
import { type BackendFlags, openBackend, withBackendFlags } from '../ui/backend-flags.js';
import { bytes } from '../ui/format.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';
import { tableDtypes } from './bench-run.js';
import { newCommand } from './command.js';

interface ProfileFlags extends BackendFlags {
  readonly tokens: number;
  readonly dtype: TableDtype;
  readonly repeat: number;
  readonly html?: string;
  readonly sweep: boolean;
  readonly tables: number[];
  readonly bits: number[];
  readonly block: number[];
  readonly batch: number[];
}

/** `lookupffn profile`. */
export function profileCommand(io: Io): Command {
  const list = listOf(whole({ min: 1, max: 65536 }));
  const command = newCommand(
    'profile',
    "Hold a model's FFNs against this machine: working sets and caches, predicted and measured times, and a sweep that shows where the working set leaves the cache.",
    [
      'lookupffn profile runs/demo/lookup',
      'lookupffn profile runs/demo/lookup --dtype int8 -p 128 --html profile.html',
      'lookupffn profile runs/demo/lookup --tables 32,64,128,256,512 --bits 6,8,10 --json',
    ],
  )
    .argument('<model>', 'model folder')
    .option('-p, --tokens <n>', 'tokens in a batch', whole({ min: 1, max: 1 << 16 }), 32)
    .addOption(
      new Option('--dtype <type>', 'how tables are kept (int8: dense weights too)')
        .choices(tableDtypes)
        .default('f32'),
    )
    .option('-r, --repeat <n>', 'samples of each', whole({ min: 1, max: 10_000 }), 15)
    .option('--html <file>', 'write a page with plots, which asks for nothing from outside')
    .option('--no-sweep', 'only the model itself')
    .option('--tables <list>', 'sweep over tables', list, [32, 64, 128, 256])
    .option('--bits <list>', 'sweep over bits per table', list, [4, 6, 8, 10])
    .option('--block <list>', 'sweep over BH4 blocks', list, [16, 32, 64, 128])
    .option('--batch <list>', 'sweep over tokens in a batch', list, [1, 8, 32, 128, 512]);
  return withBackendFlags(command).action((model: string, flags: ProfileFlags) =>
    interruptible(io, 'Stopping.', async (signal) => {
      requireModelFolder(model);
      const loaded = await loadModelFolder(model);
      const backend = await openBackend(flags);
      try {
        const { tokens, dtype, repeat, tables, bits, block, batch } = flags;
        const profile = await profileModel(backend, loaded, {
          ...{ tokens, dtype, repeat, signal },
          ...(flags.sweep && {
            values: { tables, bits, block: withinSize(block, loaded.config.hiddenSize), batch },
          }),
          onProgress: (what) => io.progress.update(() => `profile: ${what}`),
        });
        if (flags.html !== undefined) await writeTextFile(resolve(flags.html), profileHtml(profile));
        io.document(profile);
        io.print(profileText(io, profile));
        if (flags.html !== undefined) io.note(`The page: ${resolve(flags.html)}`);
      } finally {
        backend.dispose();
      }
    }),
  );
}

/** Default blocks may be larger than a small model's padded size. */
const withinSize = (blocks: readonly number[], hidden: number): number[] =>
  blocks.filter((block) => block < 2 * hidden);

function profileText(io: Io, profile: Profile): string {
  const show = ({ head, rows }: Rows) => table(head, rows, io.colours);
  const sweep: Rows = {
    head: ['sweep', 'value', 'working set', 'fits in', 'predicted us', 'measured us'],
    rows: profile.sweep.map((point) => [
      point.axis,
      String(point.value),
      bytes(point.workingSet),
      point.fits ?? '-',
      point.predictedMicros?.toPrecision(3) ?? '-',
      `${point.measuredMicros.toPrecision(3)} ±${(point.spread * 50).toFixed(0)}%`,
    ]),
  };
  return [
    show(limitRows(profile)),
    '',
    show(layerRows(profile)),
    '',
    profile.misses.note,
    ...(profile.sweep.length > 0 ? ['', show(sweep)] : []),
    '',
    'us: microseconds a token in one layer. Predicted: the longer of arithmetic and reading at the measured limits, with the weights in the memory that holds all layers.',
  ].join('\n');
}
