import { type LookupFfnConfig, readModes, type TableDtype } from '@lookupffn/core';
import { defineConfig, type RobertaConfig, type RobertaModel } from '@lookupffn/roberta';
import { loadModelFolder } from '@lookupffn/roberta/node';
import { type Command, Option } from 'commander';
import { benchEncoder, type EncoderBenchOptions, noiseModel } from '../bench/encoder.js';
import { listOf, whole } from '../flags.js';
import { requireModelFolder } from '../model/open-fill-mask.js';
import type { Io } from '../ui/io.js';
import { type RunFlags, recordsOf, tableDtypes, withRunFlags } from './bench-run.js';
import { newCommand } from './command.js';

interface ShapeFlags extends RunFlags {
  readonly tokens: number[];
  readonly batch: number[];
  readonly d: number;
  readonly heads: number;
  readonly layers: number;
  readonly tables: number;
  readonly tau: number;
  readonly block: number;
  readonly read: LookupFfnConfig['read'];
  readonly dtype: TableDtype;
  readonly ffn: 'dense' | 'lookup' | 'both';
}

const size = whole({ min: 1, max: 65536 });

function withShapeFlags(command: Command, layers: number): Command {
  return withRunFlags(
    command
      .option('-p, --tokens <list>', 'tokens of a sequence', listOf(whole({ min: 1, max: 1 << 20 })), [128])
      .option('-b, --batch <list>', 'sequences a call', listOf(whole({ min: 1, max: 4096 })), [1])
      .option('--d <n>', 'hidden size', size, 768)
      .option('--heads <n>', 'attention heads', size, 12)
      .option('--layers <n>', 'layers', whole({ min: 1, max: 64 }), layers)
      .option('--tables <n>', 'tables', size, 128)
      .option('--tau <n>', 'bits per table', whole({ min: 0 }), 8)
      .option('--block <n>', 'BH4 block size', whole({ min: 0 }), 64)
      .addOption(new Option('--read <mode>', 'how cells are read').choices(readModes).default('single'))
      .addOption(
        new Option('--dtype <type>', 'how tables are kept (int8: dense weights too)')
          .choices(tableDtypes)
          .default('f32'),
      )
      .addOption(
        new Option('--ffn <kind>', 'which FFNs').choices(['dense', 'lookup', 'both']).default('both'),
      ),
  );
}

function configs(flags: ShapeFlags, shape: Partial<RobertaConfig>): RobertaConfig[] {
  const { tables, tau, block, read } = flags;
  const base = {
    ...shape,
    hiddenSize: flags.d,
    numAttentionHeads: flags.heads,
    numHiddenLayers: flags.layers,
    maxPositionEmbeddings: Math.max(514, ...flags.tokens.map((n) => n + 2)),
  };
  const lookup = { kind: 'lookup', tables, bits: tau, block, read } as const;
  return [
    ...(flags.ffn === 'lookup' ? [] : [defineConfig({ ...base, ffn: { kind: 'dense' } })]),
    ...(flags.ffn === 'dense' ? [] : [defineConfig({ ...base, ffn: lookup })]),
  ];
}

function action(
  io: Io,
  flags: ShapeFlags,
  test: EncoderBenchOptions['test'],
  models: () => Promise<RobertaModel[]>,
) {
  return recordsOf(io, flags, async (contenders, signal) =>
    benchEncoder(contenders, {
      test,
      models: await models(),
      dtype: flags.dtype,
      batches: flags.batch,
      tokens: flags.tokens,
      repeat: flags.repeat,
      signal,
      onProgress: (what) => io.progress.update(() => `bench ${test}: ${what}`),
    }),
  );
}

/** `lookupffn bench layer`. */
export function benchLayerCommand(io: Io): Command {
  const command = newCommand(
    'layer',
    'Time an encoder layer (attention and FFN), dense and look-up, several distinct layers in turn.',
    ['lookupffn bench layer', 'lookupffn bench layer -p 32,512 -b 1,8 -t 1,2 --dtype int8 -o csv'],
  );
  return withShapeFlags(command, 4).action((flags: ShapeFlags) =>
    action(io, flags, 'layer', async () => configs(flags, { vocabSize: 1024 }).map(noiseModel)),
  );
}

/** `lookupffn bench model`. */
export function benchModelCommand(io: Io): Command {
  const command = newCommand(
    'model',
    'Time whole models with their language-model head at one position a sequence.',
    [
      'lookupffn bench model -p 128 --dtype int8 -t 1          RoBERTa-base shape, random weights',
      'lookupffn bench model runs/demo/dense runs/demo/lookup -p 64 -b 1,16 -o md',
    ],
  ).argument('[models...]', 'model folders (default: random weights of the shape that the flags say)');
  return withShapeFlags(command, 12).action((folders: string[], flags: ShapeFlags) =>
    action(io, flags, 'model', async () => {
      for (const folder of folders) requireModelFolder(folder);
      if (folders.length > 0) return Promise.all(folders.map((folder) => loadModelFolder(folder)));
      return configs(flags, {}).map(noiseModel);
    }),
  );
}
