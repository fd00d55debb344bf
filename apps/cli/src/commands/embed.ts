import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { resolveFactory } from '@lookupffn/auto';
import { isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';
import { loadServedModel, type Pooling } from '@lookupffn/server';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { usualFolder } from '../demo/run.js';
import { whole } from '../flags.js';
import { requireModelFolder } from '../model/open-fill-mask.js';
import { type BackendFlags, resolveOptions, withBackendFlags } from '../ui/backend-flags.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { newCommand } from './command.js';
import { shardRange } from './embed-lines.js';
import { EmbedOutput } from './embed-output.js';
import { embedLines } from './embed-run.js';

interface Shard {
  readonly index: number;
  readonly count: number;
}

interface EmbedFlags extends BackendFlags {
  readonly model: string;
  readonly output: string;
  readonly shard: Shard;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly field: string;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly truncate: boolean;
  readonly encoding: 'float' | 'base64';
  readonly maxBatchTokens: number;
  readonly saveEvery: number;
}

function parseShard(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (count === undefined || shard.count < 1 || shard.index >= shard.count || shard.count > 100_000) {
    throw new InvalidArgumentError('It must be like 0/8: which shard, from 0, of how many.');
  }
  return shard;
}

/** `out.jsonl`, or `out-00002-of-00008.jsonl` for a shard: in the order of their names shards are the whole. */
function shardPath(output: string, { index, count }: Shard): string {
  if (count === 1) return output;
  const number = (value: number) => String(value).padStart(5, '0');
  const [, stem, extension] = /^(.*?)(\.[^./\\]*)?$/s.exec(output)!;
  return `${stem}-${number(index)}-of-${number(count)}${extension ?? ''}`;
}

async function hashFile(path: string, end?: number): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, end === undefined ? {} : { end }), hash);
  } catch (error) {
    throw fileError(error, path, 'read');
  }
  return hash.digest('hex');
}

async function inputSize(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch (error) {
    throw fileError(error, path, 'read');
  }
  throw new LookupFfnError(
    'INVALID_ARGUMENT',
    `${path} is no file. A pipe cannot be cut into shards or resumed.`,
  );
}

/** Everything the output's bytes depend on; the first megabyte stands for the input. */
async function describeRun(input: string, size: number, flags: EmbedFlags, kernel: string) {
  const { shard, field, pooling, normalize, truncate, encoding } = flags;
  const files = ['config.json', 'model.safetensors', 'tokenizer.json'];
  const model = await Promise.all(files.map((name) => hashFile(join(flags.model, name))));
  return {
    input: { size, sha256: await hashFile(input, 2 ** 20) },
    model,
    backend: kernel,
    shard,
    settings: { field, pooling, normalize, truncate, encoding },
  };
}

/** Whether there is anything to do; throws rather than overwrite. */
async function clearTheWay(path: string, { resume, overwrite }: EmbedFlags): Promise<'go' | 'done'> {
  const { partial, progress } = EmbedOutput.places(path);
  if (overwrite) {
    for (const old of [partial, progress]) await rm(old, { force: true });
    return 'go';
  }
  if (existsSync(path)) {
    if (resume) return 'done';
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `${path} is there already. Give another -o, or --overwrite.`,
    );
  }
  if (!resume && existsSync(partial)) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `${partial} is of a run that was interrupted. Go on with --resume, or start again with --overwrite.`,
    );
  }
  return 'go';
}

/** `lookupffn embed`: a file of texts to a file of vectors, on as many machines as there are. */
export function embedCommand(io: Io): Command {
  const command = newCommand(
    'embed',
    'Embed the texts of a JSON Lines file: one line out for each line in.',
    [
      'lookupffn embed in.jsonl -o out.jsonl -m runs/mine',
      'lookupffn embed in.jsonl -o out.jsonl --resume            goes on after a kill; the same bytes in the end',
      'lookupffn embed in.jsonl -o out.jsonl --shard 0/8         writes out-00000-of-00008.jsonl',
      'cat out-*-of-00008.jsonl > out.jsonl                      all shards are the whole, in order',
    ],
  )
    .argument('<input>', 'each line a text in JSON, or an object with a text and perhaps an id')
    .requiredOption('-o, --output <file>', 'where the vectors go')
    .option('-m, --model <folder>', 'model folder', join(usualFolder, 'lookup'))
    .option('--shard <i/n>', 'only this part of the lines', parseShard, { index: 0, count: 1 })
    .option('--resume', 'go on where an earlier run was interrupted, if there was one')
    .option('--overwrite', 'replace what is there')
    .option('--field <name>', "the text's name in an object", 'text')
    .addOption(
      new Option('--pooling <kind>', 'how a text becomes a vector').choices(['mean', 'cls']).default('mean'),
    )
    .option('--no-normalize', 'leave vectors at the length they have')
    .option('--no-truncate', 'fail at texts that are too long instead of cutting them')
    .addOption(
      new Option('--encoding <kind>', 'vectors as numbers, or as base64 of little-endian float32')
        .choices(['float', 'base64'])
        .default('float'),
    )
    .option('--max-batch-tokens <n>', 'tokens computed together', whole({ min: 1, max: 2 ** 20 }), 4096)
    .option('--save-every <lines>', 'lines between savings of progress', whole({ min: 1 }), 1000);
  return withBackendFlags(command).action((input: string, flags: EmbedFlags) =>
    interruptible(io, 'Saving.', async (signal) => {
      const path = shardPath(flags.output, flags.shard);
      requireModelFolder(flags.model);
      const size = await inputSize(input);
      if ((await clearTheWay(path, flags)) === 'done') {
        io.document({ output: path, done: true, lines: 0 });
        io.print(`${path} is complete.`);
        return;
      }
      const range = shardRange(size, flags.shard.index, flags.shard.count);
      const backend = await resolveFactory(resolveOptions(flags));
      const model = await loadServedModel(flags.model, {
        backend,
        threads: flags.threads,
        // Nobody else waits for a long text here.
        maxUnitsPerToken: Number.POSITIVE_INFINITY,
      });
      try {
        const kernel = `${model.backend.name} ${model.backend.isa} ${[...model.dtypes].sort().join('+')}`;
        const run = await describeRun(input, size, flags, kernel);
        const first = { inputOffset: range.from, outputBytes: 0, lines: 0, tokens: 0 };
        const output = await EmbedOutput.open(path, run, first, flags.resume ?? false);
        const before = output.progress;
        const start = performance.now();
        const rate = () => (output.progress.tokens - before.tokens) / ((performance.now() - start) / 1000);
        const onProgress = () =>
          io.progress.update(() => {
            const { lines, inputOffset } = output.progress;
            const share = (inputOffset - range.from) / Math.max(1, range.to - range.from);
            return `${lines} lines, ${(100 * share).toFixed(1)}%, ${Math.round(rate())} tokens/s`;
          });
        try {
          await embedLines(model, output, { ...flags, input, range, signal, onProgress });
          await output.finish();
        } catch (error) {
          // What is computed is worth keeping, whatever went wrong after it.
          await output.save().catch(() => {});
          await output.close();
          if (!(isLookupFfnError(error) && error.code === 'ABORTED')) throw error;
          const { lines } = output.progress;
          throw new LookupFfnError(
            'ABORTED',
            `Stopped after ${lines} lines. Go on with the same command and --resume.`,
          );
        }
        const { lines, tokens } = output.progress;
        const seconds = (performance.now() - start) / 1000;
        io.document({ output: path, done: true, lines, tokens, seconds, tokensPerSecond: rate() });
        io.print(`${path}: ${lines} lines, ${tokens} tokens in ${seconds.toFixed(1)} s.`);
      } finally {
        await model.dispose();
      }
    }),
  );
}
