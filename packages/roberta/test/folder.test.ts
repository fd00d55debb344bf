import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadModelFolder, saveModelFolder } from '../src/node.js';
import { codeOf, lookup, tinyModel } from './helpers/tiny.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lookupffn-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const model = tinyModel({ ffn: lookup });

describe('a model folder', () => {
  it('comes back as it was saved', async () => {
    const folder = join(root, 'deep', 'model');
    await saveModelFolder(folder, { ...model, tokenizerJson: '{"version":"1.0"}' });
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    expect(await loadModelFolder(folder)).toEqual({
      ...model,
      tokenizerJson: '{"version":"1.0"}',
      unused: [],
    });
  });

  it('needs no tokenizer, and takes one as a value', async () => {
    await saveModelFolder(root, model);
    expect((await loadModelFolder(root)).tokenizerJson).toBeUndefined();
    await saveModelFolder(root, { ...model, tokenizerJson: { version: '1.0' } });
    expect(JSON.parse((await loadModelFolder(root)).tokenizerJson!)).toEqual({ version: '1.0' });
  });

  it.each([
    ['config.json', 40, 'FILE_CORRUPT'],
    ['tokenizer.json', 9, 'FILE_CORRUPT'],
    ['model.safetensors', 5, 'FILE_CORRUPT'],
    ['model.safetensors', 300, 'FILE_CORRUPT'],
    ['model.safetensors', 12_000, 'FILE_CORRUPT'],
  ])('is refused when %s ends after %i bytes', async (name, length, code) => {
    await saveModelFolder(root, { ...model, tokenizerJson: { version: '1.0' } });
    await truncate(join(root, name), length);
    const error = await codeOf(() => loadModelFolder(root));
    expect(error.code).toBe(code);
    expect(error.message).toContain(name);
  });

  it.each(['config.json', 'model.safetensors'])('is refused without %s', async (name) => {
    await saveModelFolder(root, model);
    await rm(join(root, name));
    const error = await codeOf(() => loadModelFolder(root));
    expect(error.code).toBe('FILE_NOT_FOUND');
    expect(error.message).toContain(name);
  });

  it('of another config is refused, naming the tensor', async () => {
    await saveModelFolder(root, model);
    const path = join(root, 'config.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"bits": 4', '"bits": 5'));
    expect(await codeOf(() => loadModelFolder(root))).toMatchObject({ code: 'TENSOR_MISMATCH' });
  });

  it('stays what it was when saving fails, and a new one is not left half-written', async () => {
    await saveModelFolder(root, model);
    const before = await loadModelFolder(root);
    const broken = { ...model, weights: new Map([...model.weights].slice(1)) };
    expect(await codeOf(() => saveModelFolder(root, broken))).toMatchObject({ code: 'TENSOR_MISSING' });
    expect(await loadModelFolder(root)).toEqual(before);
    expect((await readdir(root)).sort()).toEqual(['config.json', 'model.safetensors']);
    await codeOf(() => saveModelFolder(join(root, 'new'), broken));
    expect(await readdir(root)).not.toContain('new');
  });

  it('cannot be saved under a file', async () => {
    await writeFile(join(root, 'file'), '');
    const error = await codeOf(() => saveModelFolder(join(root, 'file', 'model'), model));
    expect(error.code).toBe('FILE_IO');
  });

  it('cannot be saved over a folder with a file name of its own', async () => {
    await mkdir(join(root, 'config.json'));
    expect(await codeOf(() => saveModelFolder(root, model))).toMatchObject({ code: 'FILE_IO' });
  });
});
