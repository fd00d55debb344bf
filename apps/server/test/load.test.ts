import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random, referenceFactory } from '@lookupffn/core';
import { initialWeights, type RobertaConfig } from '@lookupffn/roberta';
import { loadModelFolder, saveModelFolder } from '@lookupffn/roberta/node';
import { createApp, loadServedModel, openTokenizer, type ServedModel, writeSite } from '@lookupffn/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, tinyTokenizer } from './tiny-models.js';

let root: string;
const opened: ServedModel[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lookupffn-load-'));
});
afterAll(async () => {
  for (const model of opened) await model.dispose();
  await rm(root, { recursive: true, force: true });
});

async function save(name: string, config: RobertaConfig, tokenizerJson?: unknown): Promise<string> {
  const folder = join(root, name);
  await saveModelFolder(folder, { config, weights: initialWeights(config, new Random(1)), tokenizerJson });
  return folder;
}

async function load(folder: string): Promise<ServedModel> {
  const model = await loadServedModel(folder, { backend: referenceFactory });
  opened.push(model);
  return model;
}

async function ask(model: ServedModel, path: string, body: unknown): Promise<unknown> {
  const app = createApp({ models: [model] });
  return (await app.request(path, { method: 'POST', body: JSON.stringify(body) })).json();
}

describe('a folder without tokenizer.json', () => {
  it('with vocab.json and merges.txt answers as with it', async () => {
    const json = tinyTokenizer.toJSON();
    const whole = await load(await save('whole', tinyConfig(), json));
    const old = await save('old', tinyConfig());
    const { vocab, merges } = json.model as { vocab: unknown; merges: (string | string[])[] };
    await writeFile(join(old, 'vocab.json'), JSON.stringify(vocab));
    const lines = merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
    await writeFile(join(old, 'merges.txt'), `#version: 0.2\n${lines.join('\n')}\n`);
    const model = await load(old);
    for (const [path, body] of [
      ['/embed', { inputs: 'the people of peace' }],
      ['/tokenize', { inputs: 'the people of peace' }],
      ['/fill-mask', { inputs: 'the <mask> of peace', top_k: 2 }],
    ] as const) {
      const strip = (text: unknown) =>
        JSON.parse(JSON.stringify(text).replace(/"milliseconds":[\d.]+|"model":"\w+"/g, '"x":0'));
      expect(strip(await ask(model, path, body))).toEqual(strip(await ask(whole, path, body)));
    }
    // The page's own files, in one that browsers can read.
    await writeSite(join(root, 'site'), { models: [{ name: 'old', folder: old }] });
    const written = await loadModelFolder(join(root, 'site/models/0'));
    expect(JSON.parse(written.tokenizerJson!).model.vocab).toEqual(vocab);
  });

  it('with vocab.txt reads as BERT, with the special tokens where that file has them', async () => {
    const tokens = ['[PAD]', 'peace', '##ful', 'laws', '[SEP]', '[UNK]', '[MASK]', '[CLS]', 'the'];
    const config = { ...tinyConfig('dense'), vocabSize: tokens.length };
    const folder = await save('bert', config);
    // As BERT's own files are: nothing says where the special tokens stand.
    const file = join(folder, 'config.json');
    const { bos_token_id: _, eos_token_id: __, ...plain } = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify(plain));
    await writeFile(join(folder, 'vocab.txt'), `${tokens.join('\n')}\n`);
    const model = await load(folder);
    expect(model.codec.encode('The peaceful laws')).toEqual([7, 8, 1, 2, 3, 4]);
    expect(model.maskToken).toBe('[MASK]');
    expect(await ask(model, '/decode', { ids: [8, 1, 2] })).toEqual(['the peaceful']);
  });

  it.each([
    ['nothing', {}, 'cafe 國 peace'],
    ['null', { strip_accents: null }, 'cafe 國 peace'],
    ['no stripping of accents', { strip_accents: false }, 'café 國 peace'],
    ['case and no accents', { do_lower_case: false, strip_accents: true }, '[UNK] 國 peace'],
    ['Chinese characters inside words', { tokenize_chinese_chars: false }, 'cafe 國peace'],
  ])('with vocab.txt does as tokenizer_config.json says: %s', async (_, settings, expected) => {
    const folder = await mkdtemp(join(root, 'settings-'));
    const tokens = ['[UNK]', '[CLS]', '[SEP]', 'cafe', 'café', '國', 'peace', '國peace'];
    await writeFile(join(folder, 'vocab.txt'), tokens.join('\n'));
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(settings));
    const { ids } = (await openTokenizer(folder)).encode('Café 國peace', { addSpecialTokens: false });
    expect(Array.from(ids, (id) => tokens[id]).join(' ')).toBe(expected);
  });

  it('is refused in words that say what is missing', async () => {
    const folder = await save('none', tinyConfig());
    const loading = load(folder);
    await expect(loading).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(loading).rejects.toThrow(/tokenizer\.json, or vocab\.json with merges\.txt, or vocab\.txt/);
  });
});
