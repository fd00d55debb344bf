import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { expect, test } from 'vitest';
import type * as Library from '../src/index.js';
import { robertaJson } from './support/roberta.js';

/** What every browser, worker and runtime has; no `require`, `process` or `Buffer`. */
const web = { TextDecoder, TextEncoder, AbortController, setTimeout };

function builtLibrary(): typeof Library {
  const code = readFileSync(new URL('../dist/index.cjs', import.meta.url), 'utf8');
  const module = { exports: {} };
  vm.runInNewContext(code, { ...web, module, exports: module.exports });
  return module.exports as typeof Library;
}

test('the built package needs nothing of Node', async () => {
  const { Tokenizer, trainByteLevelBpe, trainWordPiece } = builtLibrary();
  const roberta = Tokenizer.fromJSON(robertaJson());
  const { ids } = roberta.encode('Hello world');
  expect(Array.from(ids)).toEqual([0, 31414, 232, 2]);
  expect(roberta.decode(ids, { skipSpecialTokens: true })).toBe('Hello world');
  for (const train of [trainByteLevelBpe, trainWordPiece]) {
    const trained = await train(['low lower lowest'], { vocabularySize: 280 });
    expect(trained.decode(trained.encode('lowest').ids, { skipSpecialTokens: true })).toBe('lowest');
  }
});

test('neither form of the built package imports anything', () => {
  for (const file of ['index.js', 'index.cjs']) {
    const code = readFileSync(new URL(`../dist/${file}`, import.meta.url), 'utf8');
    expect(code.match(/\brequire\(|^import\b|\bimport\(|\bfrom ["'].*/m)).toBeNull();
  }
});
