import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReferenceBackend, defineBackend } from '@lookupffn/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PipelineOptions, type PipelineTokenizer, pipeline } from '../src/index.js';
import { saveModelFolder, saveTuning, tuningKey } from '../src/node.js';
import { lookup, tinyModel } from './helpers/tiny.js';

const { XDG_CACHE_HOME } = process.env;
let root: string;
let folder: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lookupffn-'));
  process.env.XDG_CACHE_HOME = root;
  folder = join(root, 'model');
  await saveModelFolder(folder, tinyModel({ ffn: { ...lookup, layers: [1] } }));
  await saveTuning(await tuningKey(folder, 'asked'), {
    precision: { linearDtype: 'int8', tableDtype: 'int4', projectionDtype: 'bf16' },
    options: {},
    ...{ tokens: 8, microsPerToken: 1, defaultMicrosPerToken: 2, error: 0, maxError: 1 },
    made: '2026-01-01T00:00:00.000Z',
  });
});
afterAll(async () => {
  if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
  await rm(root, { recursive: true, force: true });
});

const tokenizer: PipelineTokenizer = {
  encode: () => ({ ids: [5, 6] }),
  decode: () => '',
  specialTokens: {},
};

/** What the backend is asked to keep weights as, by a pipeline of the tuned folder. */
async function asked(options: Partial<PipelineOptions>): Promise<unknown> {
  const { prepare } = createReferenceBackend();
  const dense = new Set<unknown>();
  const lookups = new Set<unknown>();
  const backend = defineBackend({
    name: 'asked',
    prepare: {
      linear(shape, weight, bias) {
        dense.add(shape.dtype ?? 'f32');
        return prepare.linear(shape, weight, bias);
      },
      lookupFfn(shape, weights, given) {
        lookups.add(`${given?.tableDtype ?? 'f32'} ${given?.projectionDtype ?? 'f32'}`);
        return prepare.lookupFfn(shape, weights, given);
      },
    },
  });
  const made = await pipeline('feature-extraction', { model: folder, tokenizer, backend, ...options });
  await made('a');
  await made.dispose();
  return [...dense, ...lookups];
}

it.each<[string, Partial<PipelineOptions>, string[]]>([
  ['no dtype, as it was tuned', {}, ['int8', 'int4 bf16']],
  ['fp32, all of it', { dtype: 'fp32' }, ['f32', 'f32 f32']],
  ['int8, tables and dense weights', { dtype: 'int8' }, ['int8', 'int8 bf16']],
  ['fp32 but for the tables', { dtype: 'fp32', tableDtype: 'f16' }, ['f32', 'f16 f32']],
])('a tuned folder is kept with %s', async (_, options, expected) => {
  expect(await asked(options)).toEqual(expected);
});
