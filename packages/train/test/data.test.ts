import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Random } from '@lookupffn/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildCorpus } from '../src/data/corpus.js';
import { type CorpusDocument, readDocuments } from '../src/data/documents.js';
import { DataOrder } from '../src/data/order.js';
import type { TokenSequences } from '../src/data/sequences.js';
import type { CorpusTokenizer } from '../src/data/tokenise.js';
import { wordTokenizer } from './tokenizer.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookupffn-train-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function collect(documents: AsyncIterable<CorpusDocument>): Promise<CorpusDocument[]> {
  const all: CorpusDocument[] = [];
  for await (const document of documents) all.push(document);
  return all;
}

describe('readDocuments', () => {
  it('reads the text files of a folder and its folders by name, without hidden and binary ones', async () => {
    await mkdir(join(folder, 'b'));
    await writeFile(join(folder, 'z.txt'), 'last');
    await writeFile(join(folder, 'b', 'inner.txt'), 'inner');
    await writeFile(join(folder, '.hidden'), 'hidden');
    await writeFile(join(folder, 'image.png'), Uint8Array.of(1, 0, 2, 0));
    const leftOut: string[] = [];
    const options = { minimumBytes: 1, onLeftOut: (name: string) => leftOut.push(name) };
    const documents = await collect(readDocuments(folder, options));
    expect(documents.map(({ name, text }) => [name, text])).toEqual([
      ['b/inner.txt', 'inner'],
      ['z.txt', 'last'],
    ]);
    expect(leftOut).toEqual(['image.png']);
  });

  it('divides a file that is most of a folder, however many files there are', async () => {
    const note = (i: number) => writeFile(join(folder, `note${i}.txt`), `note ${i}`);
    await Promise.all(Array.from({ length: 24 }, (_, i) => note(i)));
    const book = Array.from({ length: 4000 }, (_, i) => `line ${i}\n`).join('');
    await writeFile(join(folder, 'book.txt'), book);
    const documents = await collect(readDocuments(folder));
    const pieces = documents.filter(({ name }) => name.startsWith('book.txt#'));
    expect(pieces.length).toBeGreaterThanOrEqual(20);
    expect(pieces.map(({ text }) => text).join('')).toBe(book);
    expect(documents).toHaveLength(pieces.length + 24);
  });

  it('divides a single file between lines and loses nothing', async () => {
    const text = Array.from({ length: 400 }, (_, i) => `Línea ${i} — año.\n`).join('');
    const path = join(folder, 'book.txt');
    await writeFile(path, text);
    const documents = await collect(readDocuments(path));
    expect(documents.length).toBeGreaterThanOrEqual(20);
    expect(documents.length).toBeLessThan(25);
    expect(documents[0]!.name).toBe('book.txt#1');
    expect(documents.map((document) => document.text).join('')).toBe(text);
    for (const document of documents) expect(document.text.endsWith('\n')).toBe(true);
  });

  it('divides a file of one line between words, and one of one word between characters', async () => {
    const oneLine = 'año nuevo '.repeat(300);
    const oneWord = '日本語の文字'.repeat(100);
    for (const text of [oneLine, oneWord]) {
      const path = join(folder, 'line.txt');
      await writeFile(path, text);
      const documents = await collect(readDocuments(path));
      expect(documents.length).toBeGreaterThanOrEqual(20);
      expect(documents.map((document) => document.text).join('')).toBe(text);
      expect(documents.every((document) => document.replaced === 0)).toBe(true);
    }
  });

  it('says how many broken bytes it replaced', async () => {
    const path = join(folder, 'broken.txt');
    // One genuine U+FFFD, a lone continuation byte, and a sequence cut short.
    const bytes = Buffer.concat([
      Buffer.from('ok \ufffd '),
      Buffer.of(0x80, 0x20, 0xe2, 0x82),
      Buffer.from(' end'),
    ]);
    await writeFile(path, bytes);
    const [document] = await collect(readDocuments({ files: [path] }, { minimumBytes: 1 }));
    expect(document!.text).toBe('ok \ufffd \ufffd \ufffd end');
    expect(document!.replaced).toBe(2);
  });

  it.each([
    ['a missing path', async () => join(folder, 'nowhere'), /nowhere.*does not exist/],
    ['an empty folder', async () => folder, /is empty.*folder/],
    [
      'an empty file',
      async () => {
        await writeFile(join(folder, 'empty.txt'), '');
        return join(folder, 'empty.txt');
      },
      /is empty/,
    ],
    [
      'a corpus of one word',
      async () => {
        await writeFile(join(folder, 'word.txt'), 'hello');
        return join(folder, 'word.txt');
      },
      /5 bytes.*more text/,
    ],
    [
      'a binary file',
      async () => {
        await writeFile(join(folder, 'a.bin'), new Uint8Array(5000));
        return join(folder, 'a.bin');
      },
      /binary.*UTF-8/,
    ],
  ])('refuses %s and says what to do', async (_, prepare, message) => {
    const path = await prepare();
    await expect(collect(readDocuments(path))).rejects.toMatchObject({
      code: 'CORPUS_INVALID',
      message: expect.stringMatching(message),
    });
  });

  const lines = Array.from({ length: 400 }, (_, i) => `Línea ${i} — año.\n`).join('');

  it('reads what a gzip file holds, and says when it is cut short', async () => {
    const packed = gzipSync(lines);
    await writeFile(join(folder, 'book.txt.gz'), packed);
    const documents = await collect(readDocuments(join(folder, 'book.txt.gz'), { minimumBytes: 1 }));
    expect(documents.map(({ text }) => text).join('')).toBe(lines);
    expect(documents.length).toBeGreaterThan(1);
    await writeFile(join(folder, 'cut.txt.gz'), packed.subarray(0, packed.length - 20));
    await expect(
      collect(readDocuments(join(folder, 'cut.txt.gz'), { minimumBytes: 1 })),
    ).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringMatching(/cut\.txt\.gz is no complete gzip file/),
    });
  });

  it.each(['texts.jsonl', 'texts.ndjson.gz'])('takes a document of each line of %s', async (name) => {
    // Longer than one read of a file, so that lines lie across two.
    const texts = ['first\nline', 'zweite ä', 'x'.repeat(600_000), 'last'];
    const text = `\n${texts.map((t) => JSON.stringify({ id: 1, text: t })).join('\n\n')}`;
    await writeFile(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
    const documents = await collect(readDocuments(join(folder, name), { minimumBytes: 1 }));
    expect(documents.map((d) => d.text)).toEqual(texts);
    expect(documents.map((d) => d.name)).toEqual([2, 4, 6, 8].map((line) => `${name}#${line}`));
  });

  it.each([
    ['{"text": "a"}\n{"text": 3}', /line 2: no "text" that is a string/],
    ['{"text": "a"}\n{"text": ', /line 2: not JSON/],
    ['[1]', /line 1: no "text"/],
  ])('refuses the JSON Lines %j, naming the line', async (text, message) => {
    const path = join(folder, 'bad.jsonl');
    await writeFile(path, text);
    await expect(collect(readDocuments(path, { minimumBytes: 1 }))).rejects.toMatchObject({
      code: 'CORPUS_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('reads a stream of any chunks, and refuses one that is empty or binary', async () => {
    const bytes = Buffer.from(lines.repeat(10));
    async function* chunks(size: number, of = bytes) {
      for (let at = 0; at < of.length; at += size) yield of.subarray(at, at + size);
    }
    const read = (stream: AsyncIterable<Uint8Array>) =>
      collect(readDocuments({ stream, name: 'standard input' }, { minimumBytes: 10 }));
    const documents = await read(chunks(1000));
    expect(documents.map(({ text }) => text).join('')).toBe(bytes.toString());
    expect(documents.length).toBeGreaterThan(4);
    expect(documents.every(({ text }) => text.endsWith('\n'))).toBe(true);
    expect(await read(chunks(7))).toEqual(documents);
    // A stream has no name to end in .gz or .jsonl.
    expect(await read(chunks(100, gzipSync(bytes)))).toEqual(documents);
    const objects = Buffer.from('\n{ "id": 1, "text": "one" }\n{"text": "two"}\n');
    for (const of of [objects, gzipSync(objects)]) {
      const found = await read(chunks(3, of));
      expect(found.map(({ name, text }) => [name, text])).toEqual([
        ['standard input#2', 'one'],
        ['standard input#3', 'two'],
      ]);
    }
    await expect(read(chunks(50, gzipSync(bytes).subarray(0, 500)))).rejects.toThrow(
      /standard input is no complete gzip file/,
    );
    await expect(read(chunks(1, Buffer.alloc(0)))).rejects.toThrow(/standard input has 0 bytes/);
    await expect(read(chunks(9, Buffer.alloc(99)))).rejects.toThrow(/standard input looks binary/);
  });

  it('stops when cancelled', async () => {
    await writeFile(join(folder, 'a.txt'), 'text '.repeat(500));
    const cancelled = AbortSignal.abort();
    await expect(collect(readDocuments(folder, { signal: cancelled }))).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

const texts = Array.from(
  { length: 30 },
  (_, i) => `${'the cat sat on the mat '.repeat(2 + (i % 5))} number${i}`,
);
const documents = texts.map((text, i) => ({ name: `doc${String(i).padStart(2, '0')}`, text, replaced: 0 }));
const tokenizer = wordTokenizer(texts);

function tokensOf(sequences: TokenSequences): number[][] {
  return Array.from({ length: sequences.count }, (_, i) => {
    const ids = new Int32Array(sequences.sequenceLength);
    sequences.read(i, ids, 0);
    return [...ids];
  });
}

describe('buildCorpus', () => {
  const build = (options: Partial<Parameters<typeof buildCorpus>[0]> = {}) =>
    buildCorpus({ documents, tokenizer, sequenceLength: 16, validationFraction: 0.2, ...options });

  it('packs documents without gaps between <s> and </s>, with </s> between documents', async () => {
    const corpus = await build();
    for (const part of ['train', 'validation'] as const) {
      const sequences = tokensOf(corpus[part]);
      const expected = corpus.documents[part]
        .flatMap((name) => [2, ...Array.from(tokenizer.encode(texts[Number(name.slice(3))]!).ids)])
        .slice(1);
      // Separators that fell at the head of a sequence are left out, and nothing else before the dropped end.
      let at = 0;
      for (const sequence of sequences) {
        expect(sequence[0]).toBe(0);
        expect(sequence[15]).toBe(2);
        if (expected[at] === 2) at++;
        expect(sequence.slice(1, 15)).toEqual(expected.slice(at, at + 14));
        at += 14;
      }
      expect(expected.length - at).toBeLessThan(15);
    }
  });

  it('splits whole documents: none is in both parts, and all are in one', async () => {
    const { documents: parts, train } = await build();
    expect([...parts.train, ...parts.validation].sort()).toEqual(documents.map(({ name }) => name));
    expect(parts.validation.length).toBeGreaterThan(2);
    expect(parts.validation.length).toBeLessThan(12);
    for (let i = 0; i < train.count; i++) expect(parts.train).toContain(train.source(i));
  });

  it('is the same for the same seed in whatever order documents come, and another for another seed', async () => {
    const corpus = await build();
    const reversed = await build({ documents: [...documents].reverse() });
    expect(reversed.hash).toBe(corpus.hash);
    expect(reversed.documents).toEqual(corpus.documents);
    const other = await build({ seed: 1 });
    expect(other.documents).not.toEqual(corpus.documents);
    expect(other.hash).not.toBe(corpus.hash);
    expect(other.tokenizerHash).toBe(corpus.tokenizerHash);
  });

  it('holds nothing out when asked for the whole, of which one document is enough', async () => {
    const one = await build({ documents: documents.slice(0, 1), whole: true, sequenceLength: 8 });
    expect(one.documents).toEqual({ train: ['doc00'], validation: [] });
    expect(one.train.count).toBeGreaterThan(0);
    expect(one.validation.count).toBe(0);
    await expect(build({ whole: true, sequenceLength: 4096 })).rejects.toThrow(
      /^The text has \d+ tokens in 30 documents.*shorter/,
    );
  });

  it('refuses a text of which the tokenizer knows no word', async () => {
    const unknown = documents.map((document) => ({ ...document, text: 'qqq zzz '.repeat(20) }));
    await expect(build({ documents: unknown })).rejects.toMatchObject({
      code: 'CORPUS_INVALID',
      message: expect.stringContaining('knows no word of the corpus'),
    });
  });

  it('takes no special token from a text', async () => {
    const tricky = documents.map((document) => ({ ...document, text: `<mask> </s> ${document.text} <s>` }));
    expect((await build({ documents: tricky })).hash).toBe((await build()).hash);
  });

  it('reports progress', async () => {
    const seen: number[] = [];
    const corpus = await build({ onProgress: ({ tokens }) => seen.push(tokens) });
    expect(seen).toHaveLength(documents.length);
    expect(seen.at(-1)).toBe(corpus.tokens);
  });

  it.each([
    ['no document', { documents: [] }, 'CORPUS_INVALID', /no document.*more text/i],
    ['one document', { documents: documents.slice(0, 1) }, 'CORPUS_INVALID', /one document.*more text/i],
    [
      'blank documents',
      { documents: [{ name: 'a', text: ' \n', replaced: 0 }] },
      'CORPUS_INVALID',
      /0 tokens/,
    ],
    [
      'too little text',
      { sequenceLength: 512 },
      'CORPUS_INVALID',
      /do not fill one sequence of 512.*shorter/,
    ],
    ['sequences of 3', { sequenceLength: 3 }, 'INVALID_ARGUMENT', /sequenceLength/],
    ['a fraction of 1', { validationFraction: 1 }, 'INVALID_ARGUMENT', /validationFraction/],
    [
      'a tokenizer without <mask>',
      { tokenizer: { ...tokenizer, specialTokens: { bos: { id: 0 }, eos: { id: 2 } } } as CorpusTokenizer },
      'INVALID_ARGUMENT',
      /<mask>/,
    ],
    ['a fired signal', { signal: AbortSignal.abort() }, 'ABORTED', /cancelled/],
  ])('refuses %s', async (_, options, code, message) => {
    await expect(build(options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('DataOrder', () => {
  it('gives every sequence once an epoch, in another order each time, the same from any place', () => {
    const order = new DataOrder(50, new Random(3));
    const stream = Array.from({ length: 100 }, (_, n) => order.at(n));
    for (const epoch of [0, 1]) {
      const part = stream.slice(50 * epoch, 50 * (epoch + 1));
      expect(part.every((place) => place.epoch === epoch)).toBe(true);
      expect(new Set(part.map((place) => place.sequence)).size).toBe(50);
    }
    expect(stream.slice(0, 50).map((p) => p.sequence)).not.toEqual(stream.slice(50).map((p) => p.sequence));
    expect(new DataOrder(50, new Random(3)).at(77)).toEqual(stream[77]);
  });
});
