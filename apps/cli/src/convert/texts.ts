import { LookupFfnError, Random } from '@lookupffn/core';
import type { RobertaConfig } from '@lookupffn/roberta';
import { maxSequenceLength } from '@lookupffn/roberta';
import type { Tokenizer } from '@lookupffn/tokenizer';
import { readDocuments } from '@lookupffn/train';

// As sentence-transformers cuts its models' texts, about: longer ones cost attention and teach the FFNs nothing new.
const longest = 128;
const fewestTexts = 512;

/** The lines of texts as token ids, in an order of their own, up to so many tokens and the held-out ones beside them. */
export async function readSequences(
  path: string,
  tokenizer: Tokenizer,
  config: RobertaConfig,
  tokens: number,
  seed: number,
  signal: AbortSignal,
): Promise<number[][]> {
  const lines: string[] = [];
  for await (const { text } of readDocuments(path, { signal })) {
    for (const line of text.split('\n')) if (line.trim() !== '') lines.push(line.trim());
  }
  new Random(seed).fork('texts').shuffle(lines);
  const maxLength = Math.min(longest, maxSequenceLength(config));
  const sequences: number[][] = [];
  let count = 0;
  for (const line of lines) {
    if (count >= tokens && sequences.length >= fewestTexts) break;
    sequences.push(Array.from(tokenizer.encode(line, { padding: false, maxLength }).ids));
    count += sequences.at(-1)!.length;
  }
  if (sequences.length < fewestTexts) {
    throw new LookupFfnError(
      'CORPUS_INVALID',
      `${path} has ${sequences.length} lines of text; a conversion needs at least ${fewestTexts}, each a sentence or a paragraph.`,
      { path, lines: sequences.length },
    );
  }
  return sequences;
}
