import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { resolveFactory } from '@lookupffn/auto';
import { LookupFfnError } from '@lookupffn/core';
import { loadServedModel, type ServedModel } from '@lookupffn/server';
import { type Command, Option } from 'commander';
import { usualFolder } from '../demo/run.js';
import { describeRun } from '../embed/describe-run.js';
import { type EmbedInput, openFile, openStream } from '../embed/input.js';
import { type EmbedOutput, noProgress } from '../embed/output.js';
import { OutputFile, placesOf } from '../embed/output-file.js';
import { OutputStream } from '../embed/output-stream.js';
import { type EmbedSettings, embedLines } from '../embed/run.js';
import { parseShard, type Shard, shardPath } from '../embed/shard.js';
import { whole } from '../flags.js';
import { requireModel } from '../model/open-fill-mask.js';
import { type BackendFlags, resolveOptions, withBackendFlags } from '../ui/backend-flags.js';
import { count, duration } from '../ui/format.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { newCommand } from './command.js';

interface EmbedFlags extends BackendFlags, EmbedSettings {
  readonly model: string;
  readonly output: string;
  readonly shard: Shard;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly maxBatchTokens: number;
  readonly saveEvery: number;
}

/** Standard input or output. */
const standard = '-';

/** Refuses what streams cannot do. */
function checkStreams(input: string, { output, shard, resume }: EmbedFlags, io: Io): void {
  const refuse = (message: string): never => {
    throw new LookupFfnError('INVALID_ARGUMENT', message);
  };
  if (input === standard && shard.count > 1)
    refuse('Standard input cannot be cut into shards. Give a file, or cut the stream yourself.');
  if (resume && (input === standard || output === standard))
    refuse('A run from standard input or to standard output cannot be resumed. Give files.');
  if (output === standard && io.json)
    refuse('Standard output cannot carry both the vectors and the document of --json. Give a file with -o.');
}

/** Whether there is anything to do; throws rather than overwrite. */
async function clearTheWay(path: string, { resume, overwrite }: EmbedFlags): Promise<'go' | 'done'> {
  const { partial, progress } = placesOf(path);
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
      `${partial} is of a run that was interrupted, or that goes on. Go on with --resume, or start again with --overwrite.`,
    );
  }
  return 'go';
}

async function openOutput(
  path: string,
  input: EmbedInput,
  model: ServedModel,
  flags: EmbedFlags,
): Promise<EmbedOutput> {
  const first = noProgress(input.range.from);
  if (path === standard) return new OutputStream(process.stdout, first);
  const { name, size } = input;
  const run =
    size === undefined
      ? undefined
      : await describeRun({ path: name, size, shard: flags.shard }, flags.model, model, flags);
  return OutputFile.open(path, run, first, flags.resume ?? false);
}

async function embed(
  io: Io,
  source: string,
  path: string,
  flags: EmbedFlags,
  signal: AbortSignal,
): Promise<void> {
  // A signal must also end the wait for a pipe that says nothing.
  const input =
    source === standard
      ? openStream(addAbortSignal(signal, process.stdin), 'standard input')
      : await openFile(source, flags.shard);
  const backend = await resolveFactory(resolveOptions(flags));
  const { threads } = flags;
  // Nobody else waits for a long text here.
  const maxUnitsPerToken = Number.POSITIVE_INFINITY;
  const model = await loadServedModel(flags.model, { backend, threads, maxUnitsPerToken });
  for (const note of model.notes) io.note(note);
  try {
    const output = await openOutput(path, input, model, flags);
    const before = output.progress;
    if (before.lines > 0) io.note(`Going on after ${count(before.lines)} lines.`);
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    const rate = () => (output.progress.tokens - before.tokens) / Math.max(seconds(), 1e-3);
    const { from, to } = input.range;
    const line = () => {
      const { lines, inputOffset } = output.progress;
      const parts = [`${count(lines)} lines`, `${count(rate())} tokens/s`];
      if (input.size === undefined) return parts.join(', ');
      const left = (seconds() * (to - inputOffset)) / Math.max(1, inputOffset - before.inputOffset);
      const share = (100 * (inputOffset - from)) / Math.max(1, to - from);
      return [...parts, `${Math.min(100, share).toFixed(1)}%`, `${duration(left)} left`].join(', ');
    };
    try {
      await embedLines(model, input, output, {
        ...flags,
        signal,
        onProgress: () => io.progress.update(line),
      });
      await output.finish();
    } catch (error) {
      // What is computed is worth keeping, whatever went wrong after it.
      await output.save().catch(() => {});
      await output.close().catch(() => {});
      if (!signal.aborted) throw error;
      const again =
        input.size === undefined || path === standard ? '' : ' Go on with the same command and --resume.';
      throw new LookupFfnError('ABORTED', `Stopped after ${count(output.progress.lines)} lines.${again}`);
    }
    const { lines, tokens } = output.progress;
    const spent = seconds();
    io.document({ output: path, done: true, lines, tokens, seconds: spent, tokensPerSecond: rate() });
    const summary = `${count(lines)} lines, ${count(tokens)} tokens in ${spent.toFixed(1)} s.`;
    if (path === standard) io.note(summary);
    else io.print(`${path}: ${summary}`);
  } finally {
    await model.dispose();
  }
}

/** `lookupffn embed`: a file of texts to a file of vectors, on as many machines as there are. */
export function embedCommand(io: Io): Command {
  const command = newCommand(
    'embed',
    'Embed the texts of a JSON Lines file: one line out for each line in, {"id": …, "embedding": […]}, in order.',
    [
      'lookupffn embed in.jsonl -o out.jsonl -m runs/mine',
      'lookupffn embed in.jsonl -o out.jsonl --resume            goes on after a kill; the same bytes in the end',
      'lookupffn embed in.jsonl -o out.jsonl --shard 0/8         writes out-00000-of-00008.jsonl',
      'cat out-*-of-00008.jsonl > out.jsonl                      all shards are the whole, in order',
      'zcat in.jsonl.gz | lookupffn embed - -o - | gzip > out.jsonl.gz',
    ],
  )
    .argument(
      '<input>',
      'each line a text in JSON, or an object with a text and perhaps an id; - is standard input',
    )
    .requiredOption('-o, --output <file>', 'where the vectors go; - is standard output')
    .option('-m, --model <path>', 'model folder or packed file', join(usualFolder, 'lookup'))
    .addOption(
      new Option('--shard <i/n>', 'only this part of the lines')
        .argParser(parseShard)
        .default({ index: 0, count: 1 }, '0/1: all'),
    )
    .option('--resume', 'go on where an earlier run was interrupted, if there was one')
    .option('--overwrite', 'replace what is there')
    .option('--field <name>', "the text's name in an object", 'text')
    .addOption(
      new Option(
        '--pooling <kind>',
        'how a text becomes a vector (default: as the model says, else mean)',
      ).choices(['mean', 'cls']),
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
  return withBackendFlags(command).action((source: string, flags: EmbedFlags) =>
    interruptible(io, 'Saving.', async (signal) => {
      checkStreams(source, flags, io);
      requireModel(flags.model);
      const path = flags.output === standard ? standard : shardPath(flags.output, flags.shard);
      if (path !== standard && (await clearTheWay(path, flags)) === 'done') {
        io.document({ output: path, done: true, lines: 0 });
        io.print(`${path} is complete.`);
        return;
      }
      await embed(io, source, path, flags, signal);
    }),
  );
}
