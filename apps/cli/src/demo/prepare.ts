import { join } from 'node:path';
import type { Backend } from '@lookupffn/core';
import { readTokenizer } from '@lookupffn/server';
import type { Tokenizer } from '@lookupffn/tokenizer';
import { buildCorpus, type Corpus } from '@lookupffn/train';
import { type ReadCorpus, readCorpus } from '../corpus/read.js';
import { trainTokenizer } from '../training/train-tokenizer.js';
import { bytes, count } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { demoPreset } from './preset.js';
import type { DemoSettings } from './settings.js';

/** All that both twins share. */
export interface DemoSetup {
  readonly settings: DemoSettings;
  readonly backend: Backend;
  readonly text: ReadCorpus;
  readonly tokenizer: Tokenizer;
  readonly corpus: Corpus;
}

/** Trains the tokenizer, or reads the one of the demo that is resumed. */
async function openTokenizer(
  io: Io,
  text: ReadCorpus,
  folder: string | null,
  signal: AbortSignal,
): Promise<Tokenizer> {
  if (folder) return readTokenizer(join(folder, 'tokenizer.json'));
  return trainTokenizer(
    io,
    text.documents.map((document) => document.text),
    demoPreset.vocabulary,
    signal,
  );
}

/**
 * From text to packed sequences. Writes nothing, so that a corpus that will not do leaves no trace. `resumed` is the
 * folder of an earlier demo.
 */
export async function prepareDemo(
  io: Io,
  backend: Backend,
  settings: DemoSettings,
  resumed: string | null,
  signal: AbortSignal,
): Promise<DemoSetup> {
  const text = await readCorpus(io, settings.corpus ?? undefined, signal);
  io.note(`Corpus: ${text.title}: ${count(text.documents.length)} documents, ${bytes(text.bytes)}`);
  const tokenizer = await openTokenizer(io, text, resumed, signal);
  io.note(`Tokenizer: byte-level BPE, vocabulary ${count(tokenizer.vocabularySize)}`);
  const corpus = await buildCorpus({
    documents: text.documents,
    tokenizer,
    sequenceLength: settings.sequenceLength,
    validationFraction: demoPreset.validationFraction,
    seed: settings.seed,
    signal,
    onProgress: (p) => io.progress.update(() => `encoding the corpus: ${count(p.tokens)} tokens`),
  });
  io.note(
    `Sequences of ${settings.sequenceLength} tokens: ${count(corpus.train.count)} for training, ${count(corpus.validation.count)} of ${count(corpus.documents.validation.length)} held-out documents for validation`,
  );
  return { settings, backend, text, tokenizer, corpus };
}
