import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '@lookupffn/core';
import { defineConfig } from '@lookupffn/roberta';
import { heldOutTexts } from '@lookupffn/train';
import { describe, expect, it } from 'vitest';
import { readSequences } from '../src/convert/texts.js';
import { RandomSample } from '../src/corpus/random-sample.js';
import { temporaryFolder } from './cli.js';

describe('a random sample', () => {
  const sample = (most: number, of: number) => {
    let made = 0;
    const found = new RandomSample<number>(new Random(3), most);
    for (let i = 0; i < of; i++) {
      found.add(() => {
        made++;
        return i;
      });
    }
    return { items: found.items(), made };
  };

  it('is the beginning of a larger one, each item once', () => {
    const { items } = sample(1000, 1000);
    expect([...items].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(items).not.toEqual([...items].sort((a, b) => a - b));
    expect(sample(10, 1000).items).toEqual(items.slice(0, 10));
    expect(sample(100, 1000).items).toEqual(items.slice(0, 100));
  });

  it('looks at few of many items', () => {
    // Once the first 2 * 10 are cut, an item stays with a chance of 10 in those seen.
    expect(sample(10, 100_000).made).toBeLessThan(500);
  });
});

describe('texts to convert on', () => {
  const config = defineConfig({
    vocabSize: 100,
    hiddenSize: 8,
    numAttentionHeads: 2,
    intermediateSize: 16,
    ffn: { kind: 'dense' },
  });
  const tokenizer = { encode: (text: string) => ({ ids: [0, ...text.split(' ').map(Number), 2] }) } as never;
  const path = join(temporaryFolder(), 'lines.txt');
  writeFileSync(path, Array.from({ length: 3000 }, (_, i) => `${i % 97} ${i % 89}`).join('\n'));
  const read = (tokens: number) => readSequences(path, tokenizer, config, tokens, 5);

  it('have as many tokens as were asked beside the held-out ones', async () => {
    const sequences = await read(4000);
    expect(sequences).toHaveLength(heldOutTexts + 1000);
    expect(await read(6000)).toHaveLength(heldOutTexts + 1500);
    expect((await read(6000)).slice(0, sequences.length)).toEqual(sequences);
  });

  it('are all there are when they have fewer, and refused when there are too few lines', async () => {
    expect(await read(1e6)).toHaveLength(3000);
    const few = join(temporaryFolder(), 'few.txt');
    writeFileSync(few, 'one two three four five six\n'.repeat(300));
    await expect(readSequences(few, tokenizer, config, 100, 5)).rejects.toMatchObject({
      code: 'CORPUS_INVALID',
      message: expect.stringContaining('has 300 lines of text; a conversion needs at least 512'),
    });
  });
});
