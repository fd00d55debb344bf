import { LookupFfnError, Random } from '@lookupffn/core';
import { encodeText, type PipelineTokenizer, type RobertaConfig } from '@lookupffn/roberta';
import { heldOutTexts, readDocuments } from '@lookupffn/train';
import { RandomSample } from '../corpus/random-sample.js';

// As sentence-transformers cuts its models' texts, about: longer ones cost attention and teach the FFNs nothing new.
const longest = 128;
const fewestTexts = 2 * heldOutTexts;
/** A text's own, and the special ones around it. */
const fewestTokens = 3;

/**
 * Lines of texts as token ids, in a random order: `heldOutTexts` of them, and so many more that they have `tokens`. Fewer
 * tokens are the beginning of more. Memory grows with `tokens`, not with the texts.
 */
export async function readSequences(
  path: string,
  tokenizer: PipelineTokenizer,
  config: RobertaConfig,
  tokens: number,
  seed: number,
  signal?: AbortSignal,
): Promise<number[][]> {
  const most = fewestTexts + Math.ceil(tokens / fewestTokens);
  const sample = new RandomSample<string>(new Random(seed).fork('texts'), most);
  for await (const { text } of readDocuments(path, { signal })) {
    for (const line of text.split('\n')) {
      const trimmed = line.trim();
      // A copy: a part of a string keeps all of it in memory.
      if (trimmed !== '') sample.add(() => Buffer.from(trimmed).toString());
    }
  }
  const sequences: number[][] = [];
  let count = 0;
  for (const line of sample.items()) {
    if (count >= tokens && sequences.length >= fewestTexts) break;
    const { ids } = encodeText(tokenizer, config, line, { maxLength: longest });
    if (sequences.push(ids) > heldOutTexts) count += ids.length;
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
