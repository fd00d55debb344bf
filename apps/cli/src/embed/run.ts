import { isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import { normalize, type Pooling, pool, type ServedModel } from '@lookupffn/server';
import { TokenizerError } from '@lookupffn/tokenizer';
import type { EmbedInput } from './input.js';
import type { Line } from './lines.js';
import type { EmbedOutput } from './output.js';

/** What the vectors depend on beside model and texts. */
export interface EmbedSettings {
  /** The name of the text in an object. */
  readonly field: string;
  /** Default: the model's own. */
  readonly pooling?: Pooling;
  readonly normalize: boolean;
  readonly truncate: boolean;
  readonly encoding: 'float' | 'base64';
}

export interface EmbedRunOptions extends EmbedSettings {
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

interface Row {
  /** As JSON. */
  readonly id?: string;
  readonly text: string;
}

// Bytes that are no text must not become question marks in silence. A byte order mark is skipped.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Throws what is wrong with the line, in words that follow its place. */
function parseLine(bytes: Buffer, field: string): Row {
  let value: unknown;
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new LookupFfnError('FILE_CORRUPT', 'it is not UTF-8.');
  }
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new LookupFfnError('FILE_CORRUPT', `it is not JSON: ${(error as Error).message}.`);
  }
  if (typeof value === 'string') return { text: value };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LookupFfnError('FILE_CORRUPT', 'it is neither a text nor an object with one.');
  }
  const row = value as Record<string, unknown>;
  const found = Object.hasOwn(row, field) ? row[field] : undefined;
  if (typeof found !== 'string') {
    throw new LookupFfnError('FILE_CORRUPT', `it has no text named '${field}'. See --field.`);
  }
  return { id: row.id === undefined ? undefined : JSON.stringify(row.id), text: found };
}

/** The same error, said of a line. */
async function located(error: unknown, line: Line, input: EmbedInput): Promise<unknown> {
  if (!isLookupFfnError(error) && !(error instanceof TokenizerError)) return error;
  const number = await input.numberOf(line);
  const code = isLookupFfnError(error) ? error.code : 'INVALID_ARGUMENT';
  const place = { path: input.name, line: number, position: line.start };
  return new LookupFfnError(code, `${input.name}, line ${number}: ${error.message}`, place, error);
}

/** Lines as token ids, in batches of about `maxBatchTokens`. */
async function* batchesOf(
  model: ServedModel,
  input: EmbedInput,
  from: number,
  { field, truncate, maxBatchTokens }: EmbedRunOptions,
): AsyncGenerator<Batch> {
  const empty = (): Batch => ({ ids: [], sequences: [], tokens: 0, next: from });
  let batch = empty();
  for await (const line of input.lines(from)) {
    let id: string | undefined;
    let sequence: number[];
    try {
      const row = parseLine(line.bytes, field);
      id = row.id;
      sequence = model.codec.encode(row.text, truncate ? 'right' : false);
    } catch (error) {
      // What came before it is computed and kept.
      if (batch.sequences.length > 0) yield batch;
      throw await located(error, line, input);
    }
    if (batch.tokens > 0 && batch.tokens + sequence.length > maxBatchTokens) {
      yield batch;
      batch = empty();
    }
    batch.ids.push(id);
    batch.sequences.push(sequence);
    batch.tokens += sequence.length;
    batch.next = line.next;
  }
  if (batch.sequences.length > 0) yield batch;
}

function vectorText(vector: Float32Array, encoding: EmbedRunOptions['encoding']): string {
  if (encoding === 'float') return JSON.stringify(Array.from(vector));
  const bytes = Buffer.alloc(4 * vector.length);
  // Little-endian by definition, as OpenAI's clients read it.
  vector.forEach((value, i) => {
    bytes.writeFloatLE(value, 4 * i);
  });
  return `"${bytes.toString('base64')}"`;
}

type Computed = ReturnType<ServedModel['session']['hiddenStates']>;

type TextOptions = Pick<EmbedSettings, 'normalize' | 'encoding'> & { readonly pooling: Pooling };

/** The output's lines for a batch. */
async function textOf(batch: Batch, computed: Computed, options: TextOptions): Promise<string> {
  const { data, offsets, hiddenSize } = await computed;
  const lines = batch.ids.map((id, i) => {
    const rows = data.subarray(offsets[i]! * hiddenSize, offsets[i + 1]! * hiddenSize);
    const vector = pool(rows, hiddenSize, options.pooling);
    if (options.normalize) normalize(vector);
    const embedding = `"embedding":${vectorText(vector, options.encoding)}}\n`;
    return id === undefined ? `{${embedding}` : `{"id":${id},${embedding}`;
  });
  return lines.join('');
}

/** One line for each line: computes a batch while the next one is read, and holds no more than these two. */
export async function embedLines(
  model: ServedModel,
  input: EmbedInput,
  output: EmbedOutput,
  options: EmbedRunOptions,
): Promise<void> {
  const { signal, saveEvery, pooling = model.pooling } = options;
  let unsaved = 0;
  const write = async ({ batch, computed }: { batch: Batch; computed: Computed }) => {
    const text = await textOf(batch, computed, { ...options, pooling });
    const lines = batch.ids.length;
    await output.append({ text, inputOffset: batch.next, lines, tokens: batch.tokens });
    unsaved += lines;
    if (unsaved >= saveEvery) {
      await output.save();
      unsaved = 0;
    }
    options.onProgress();
  };
  let before: Parameters<typeof write>[0] | undefined;
  // Forgotten first: after a batch that could not be written no later one must be.
  const flush = async () => {
    const last = before;
    before = undefined;
    if (last) await write(last);
  };
  try {
    for await (const batch of batchesOf(model, input, output.progress.inputOffset, options)) {
      const computed = model.session.hiddenStates(batch.sequences, { signal });
      // Awaited one turn later; until then a failure must not count as unhandled.
      computed.catch(() => {});
      await flush();
      before = { batch, computed };
    }
  } catch (error) {
    // Of a bad line, say: what came before it is worth keeping.
    await flush().catch(() => {});
    throw error;
  }
  await flush();
}
