import { LookupFfnError } from '@lookupffn/core';
import { normalize, type Pooling, pool, type ServedModel } from '@lookupffn/server';
import { type ByteRange, type Line, linesIn } from './embed-lines.js';
import type { EmbedOutput } from './embed-output.js';

export interface EmbedRunOptions {
  readonly input: string;
  readonly range: ByteRange;
  /** The name of the text in an object. */
  readonly field: string;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly truncate: boolean;
  readonly encoding: 'float' | 'base64';
  readonly maxBatchTokens: number;
  /** Lines after which progress is saved. */
  readonly saveEvery: number;
  readonly signal: AbortSignal;
  readonly onProgress: () => void;
}

interface Batch {
  /** The `id` of each line, as JSON, where it has one. */
  readonly ids: (string | undefined)[];
  readonly sequences: number[][];
  tokens: number;
  next: number;
}

function readLine({ text, start }: Line, { input, field }: EmbedRunOptions): { id?: unknown; text: string } {
  const refuse = (what: string): never => {
    throw new LookupFfnError('FILE_CORRUPT', `${input}: the line at byte ${start} ${what}.`, {
      path: input,
      position: start,
    });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    refuse(`is not JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'string') return { text: value };
  if (typeof value !== 'object' || value === null) return refuse('is neither an object nor a text');
  const row = value as Record<string, unknown>;
  const found = Object.hasOwn(row, field) ? row[field] : undefined;
  if (typeof found !== 'string') return refuse(`has no text named '${field}' (see --field)`);
  return { id: row.id, text: found };
}

/** Lines as token ids, in batches of about `maxBatchTokens`. */
async function* batchesOf(model: ServedModel, options: EmbedRunOptions, from: number): AsyncGenerator<Batch> {
  const empty = (): Batch => ({ ids: [], sequences: [], tokens: 0, next: from });
  let batch = empty();
  const range = { from, to: options.range.to };
  for await (const line of linesIn(options.input, range)) {
    const { id, text } = readLine(line, options);
    let sequence: number[];
    try {
      sequence = model.codec.encode(text, options.truncate ? 'right' : false);
    } catch (error) {
      const { message } = error as Error;
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `${options.input}, line at byte ${line.start}: ${message}`,
      );
    }
    if (batch.tokens > 0 && batch.tokens + sequence.length > options.maxBatchTokens) {
      yield batch;
      batch = empty();
    }
    batch.ids.push(id === undefined ? undefined : JSON.stringify(id));
    batch.sequences.push(sequence);
    batch.tokens += sequence.length;
    batch.next = line.next;
  }
  if (batch.sequences.length > 0) yield batch;
}

function toText(vector: Float32Array, encoding: EmbedRunOptions['encoding']): string {
  if (encoding === 'float') return JSON.stringify(Array.from(vector));
  const bytes = Buffer.alloc(4 * vector.length);
  // Little-endian by definition, as OpenAI's clients read it.
  vector.forEach((value, i) => {
    bytes.writeFloatLE(value, 4 * i);
  });
  return `"${bytes.toString('base64')}"`;
}

/** One line for each line: computes a batch while the next one is read, and holds no more than these two. */
export async function embedLines(
  model: ServedModel,
  output: EmbedOutput,
  options: EmbedRunOptions,
): Promise<void> {
  const { signal, saveEvery } = options;
  let unsaved = 0;
  const write = async (batch: Batch, computed: ReturnType<ServedModel['session']['hiddenStates']>) => {
    const { data, offsets, hiddenSize } = await computed;
    const text = batch.ids.map((id, i) => {
      const rows = data.subarray(offsets[i]! * hiddenSize, offsets[i + 1]! * hiddenSize);
      const vector = pool(rows, hiddenSize, options.pooling);
      if (options.normalize) normalize(vector);
      const embedding = `"embedding":${toText(vector, options.encoding)}}\n`;
      return id === undefined ? `{${embedding}` : `{"id":${id},${embedding}`;
    });
    await output.append(text.join(''), batch.next, batch.ids.length, batch.tokens);
    unsaved += batch.ids.length;
    if (unsaved >= saveEvery) {
      await output.save();
      unsaved = 0;
    }
    options.onProgress();
  };
  let last: { batch: Batch; computed: ReturnType<ServedModel['session']['hiddenStates']> } | undefined;
  for await (const batch of batchesOf(model, options, output.progress.inputOffset)) {
    const computed = model.session.hiddenStates(batch.sequences, { signal });
    // Awaited one turn later; until then a failure must not count as unhandled.
    computed.catch(() => {});
    if (last) await write(last.batch, last.computed);
    last = { batch, computed };
  }
  if (last) await write(last.batch, last.computed);
}
