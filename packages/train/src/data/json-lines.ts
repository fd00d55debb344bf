import { LookupFfnError } from '@lookupffn/core';
import { decodeUtf8 } from './utf8.js';

/** One text of a JSON Lines file. */
export interface JsonLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly replaced: number;
}

export const isJsonLines = (name: string): boolean => /\.(jsonl|ndjson)(\.gz)?$/i.test(name);

const newline = 0x0a;

function parseLine(bytes: Uint8Array, line: number, path: string): JsonLine | null {
  const { text, replaced } = decodeUtf8(bytes);
  if (text.trim() === '') return null;
  const refuse = (what: string, cause?: unknown) =>
    new LookupFfnError(
      'CORPUS_INVALID',
      `${path}, line ${line}: ${what}. Each line must be an object with a "text", e.g. {"text": "..."}.`,
      { path, line },
      cause,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse(`not JSON (${(error as Error).message})`, error);
  }
  const document = (value as { text?: unknown } | null)?.text;
  if (typeof document !== 'string') throw refuse('no "text" that is a string');
  return { line, text: document, replaced };
}

/** The texts of a JSON Lines file, one document a line, as data sets of Hugging Face have them. Throws `CORPUS_INVALID`. */
export async function* readJsonLines(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<JsonLine> {
  let line = 0;
  let held: Uint8Array[] = [];
  const take = (last: Uint8Array): JsonLine | null => {
    const whole = held.length === 0 ? last : Buffer.concat([...held, last]);
    held = [];
    line++;
    return parseLine(whole, line, path);
  };
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const document = take(chunk.subarray(start, end));
      if (document) yield document;
      start = end + 1;
    }
    if (start < chunk.length) held.push(chunk.slice(start));
  }
  const document = held.length > 0 ? take(new Uint8Array(0)) : null;
  if (document) yield document;
}
