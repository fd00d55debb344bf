import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensorsFile, writeSafetensors } from '@lookupffn/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maxTextLength } from '../src/index.js';
import { loadModelFolder, saveModelFolder } from '../src/node.js';
import { codeOf, tinyModel } from './helpers/tiny.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lookupffn-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const copyOf = async (name: string) => {
  await cp(new URL(`golden/${name}`, import.meta.url).pathname, root, { recursive: true });
  return root;
};
const editConfig = async (change: object) => {
  const path = join(root, 'config.json');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...change }));
};

/** Rewrites a folder's model.safetensors under other names. */
async function renameTensors(change: (name: string) => string): Promise<void> {
  const path = join(root, 'model.safetensors');
  const file = await openSafetensorsFile(path);
  const tensors = [];
  for (const name of file.names) {
    const { shape, data } = await file.read(name);
    tensors.push({ name: change(name), dtype: 'F32' as const, shape, data: data as Float32Array });
  }
  await file.close();
  await writeSafetensors(path, tensors, {});
}

describe('a checkpoint of others', () => {
  it.each([
    ["Lightning's prefix", (name: string) => `model.${name}`],
    ['no prefix', (name: string) => name.replace(/^bert\./, '')],
    [
      "TensorFlow's LayerNorm",
      (name: string) =>
        name.replace(
          /LayerNorm\.(weight|bias)$/,
          (_, part) => `LayerNorm.${part === 'weight' ? 'gamma' : 'beta'}`,
        ),
    ],
  ])('is the same with %s', async (_, change) => {
    const { weights } = await loadModelFolder(await copyOf('bert'));
    await renameTensors(change);
    expect((await loadModelFolder(root)).weights).toEqual(weights);
  });

  it('names a shard that is missing, before anything is read', async () => {
    await copyOf('xlm-roberta');
    await rm(join(root, 'model-00003-of-00005.safetensors'));
    const error = await codeOf(() => loadModelFolder(root));
    expect(error.code).toBe('FILE_NOT_FOUND');
    expect(error.message).toMatch(/model-00003-of-00005\.safetensors.*4 of 5 shards/);
  });

  it.each([
    ['no map', { weights: {} }, /no weight_map/],
    ['a path', { weight_map: { a: '../model.safetensors' } }, /no safetensors file beside it/],
    [
      'a tensor in the wrong shard',
      { weight_map: { a: 'model-00001-of-00005.safetensors' } },
      /'a'.*lacks it/,
    ],
  ])('refuses an index with %s', async (_, index, message) => {
    await copyOf('xlm-roberta');
    await writeFile(join(root, 'model.safetensors.index.json'), JSON.stringify(index));
    const error = await codeOf(() => loadModelFolder(root));
    expect(error).toMatchObject({ code: 'FILE_CORRUPT' });
    expect(error.message).toMatch(message);
  });

  it('says how to convert pickled weights, and never reads them', async () => {
    await copyOf('bert');
    await rename(join(root, 'model.safetensors'), join(root, 'pytorch_model.bin'));
    const error = await codeOf(() => loadModelFolder(root));
    expect(error.code).toBe('FILE_NOT_FOUND');
    expect(error.message).toMatch(/pytorch_model\.bin.*safe_serialization=True/);
    await rename(join(root, 'pytorch_model.bin'), join(root, 'last.ckpt'));
    expect((await codeOf(() => loadModelFolder(root))).message).toMatch(
      /last\.ckpt.*state_dict.*save_file|save_file.*state_dict/,
    );
  });

  it.each([
    ['model_type', { model_type: 'deberta-v2' }, /deberta-v2"; supported are roberta.*bert/],
    ['architectures', { architectures: ['BertForQuestionAnswering'] }, /BertForQuestionAnswering; supported/],
    ['hidden_act', { hidden_act: 'relu' }, /relu/],
  ])('names an unknown %s and what is supported', async (key, change, message) => {
    await copyOf('bert');
    await editConfig(change);
    const error = await codeOf(() => loadModelFolder(root));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', details: { key } });
    expect(error.message).toMatch(message);
    expect(error.message).toContain(root);
  });

  it('names both sizes of a vocabulary that is not the embeddings', async () => {
    await copyOf('bert');
    await editConfig({ vocab_size: 41 });
    const error = await codeOf(() => loadModelFolder(root));
    expect(error.code).toBe('TENSOR_MISMATCH');
    expect(error.message).toMatch(/word_embeddings.*\[40,12\].*\[41,12\].*41 ids.*40/);
  });

  it('refuses a tokenizer with more ids than the vocabulary', async () => {
    await copyOf('bert');
    const tokenizer = { added_tokens: [{ id: 4, content: '[MASK]' }], model: { vocab: { a: 0, b: 40 } } };
    await writeFile(join(root, 'tokenizer.json'), JSON.stringify(tokenizer));
    expect(await codeOf(() => loadModelFolder(root))).toMatchObject({ code: 'INVALID_CONFIG' });
    tokenizer.model.vocab.b = 39;
    await writeFile(join(root, 'tokenizer.json'), JSON.stringify(tokenizer));
    expect((await loadModelFolder(root)).config.maskTokenId).toBe(4);
  });

  it.each([
    ['vocab.txt', (tokens: string[]) => `${tokens.join('\n')}\n`],
    [
      'vocab.json',
      (tokens: string[]) => JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id]))),
    ],
  ])('takes the special tokens from %s where there is no tokenizer.json', async (name, write) => {
    await copyOf('bert');
    const tokens = Array.from({ length: 40 }, (_, i) => `w${i}`);
    tokens.splice(5, 3, '[SEP]', '[MASK]', '[CLS]');
    await writeFile(join(root, name), write(tokens));
    expect((await loadModelFolder(root)).config).toMatchObject({
      bosTokenId: 7,
      eosTokenId: 5,
      maskTokenId: 6,
    });
    await writeFile(join(root, name), write([...tokens, 'one too many']));
    const error = await codeOf(() => loadModelFolder(root));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
    expect(error.message).toContain(name);
  });

  it.each([
    ['a head that has no tensors', 'bert-encoder', { architectures: ['BertForMaskedLM'] }, 'none'],
    [
      'classes that have no tensors',
      'bert-encoder',
      { architectures: ['BertForSequenceClassification'] },
      'none',
    ],
    ['no architectures and no head', 'bert-encoder', { architectures: undefined }, 'none'],
    ['no architectures and a language-model head', 'bert', { architectures: undefined }, 'masked-lm'],
    ['no architectures and classes', 'roberta-classes', { architectures: null }, 'sequence-classification'],
    ['a bare encoder beside a head', 'bert', { architectures: ['BertModel'] }, 'none'],
  ])('with %s loads what is there', async (_, name, change, head) => {
    await copyOf(name);
    await editConfig(change);
    expect((await loadModelFolder(root)).config.head).toBe(head);
  });

  it('refuses a head of which a part is missing', async () => {
    await copyOf('bert');
    await renameTensors((name) => name.replace('predictions.transform.dense', 'predictions.other'));
    const error = await codeOf(() => loadModelFolder(root));
    expect(error).toMatchObject({ code: 'TENSOR_MISSING' });
    expect(error.message).toContain('cls.predictions.transform.dense.weight');
  });

  it('refuses a layer that config.json does not count', async () => {
    await copyOf('bert');
    await editConfig({ num_hidden_layers: 1 });
    const error = await codeOf(() => loadModelFolder(root));
    expect(error.code).toBe('TENSOR_MISMATCH');
    expect(error.message).toMatch(/encoder\.layer\.1\..*num_hidden_layers of config\.json is 1/);
  });

  it('speaks of the vocabulary only where that is what differs', async () => {
    await copyOf('bert');
    await editConfig({ hidden_size: 24 });
    const error = await codeOf(() => loadModelFolder(root));
    expect(error.code).toBe('TENSOR_MISMATCH');
    expect(error.message).not.toContain('vocabulary');
  });
});

describe("sentence-transformers' files", () => {
  const sentence = { pooling: 'mean', normalize: true } as const;
  const modules = (...kinds: string[]) =>
    kinds.map((kind, i) => ({
      idx: i,
      name: `${i}`,
      path: i === 0 ? '' : `${i}_${kind}`,
      type: `s.models.${kind}`,
    }));

  it('come back as they were saved, with a head or without', async () => {
    for (const head of ['none', 'masked-lm'] as const) {
      const model = tinyModel({ family: 'bert', head, sentence });
      await saveModelFolder(root, model);
      expect(await loadModelFolder(root)).toMatchObject(model);
    }
    expect(JSON.parse(await readFile(join(root, 'modules.json'), 'utf8'))).toHaveLength(3);
  });

  it('say where texts are cut', async () => {
    const model = tinyModel({ family: 'bert', head: 'none', sentence: { ...sentence, maxLength: 9 } });
    await saveModelFolder(root, model);
    const { config } = await loadModelFolder(root);
    expect(config.sentence).toEqual({ ...sentence, maxLength: 9 });
    expect(maxTextLength(config)).toBe(9);
    const file = join(root, 'sentence_bert_config.json');
    await writeFile(file, '{"max_seq_length": 512}');
    expect(maxTextLength((await loadModelFolder(root)).config)).toBe(14);
    await writeFile(file, '{"max_seq_length": "9"}');
    const error = await codeOf(() => loadModelFolder(root));
    expect(error.code).toBe('INVALID_CONFIG');
    expect(error.message).toMatch(/sentence_bert_config\.json: max_seq_length is "9"/);
    // Saved over it by a model that leaves it to the positions.
    await saveModelFolder(root, tinyModel({ family: 'bert', head: 'none', sentence }));
    expect((await loadModelFolder(root)).config.sentence).toEqual(sentence);
  });

  it('say how an encoder that still names its pretraining head is used', async () => {
    await saveModelFolder(root, tinyModel({ family: 'bert', head: 'none', sentence }));
    await editConfig({ architectures: ['BertForMaskedLM'] });
    expect((await loadModelFolder(root)).config).toMatchObject({ head: 'none', sentence });
  });

  it.each([
    [
      'another module',
      modules('Transformer', 'Pooling', 'Dense'),
      { pooling_mode_mean_tokens: true },
      /Dense/,
    ],
    [
      'another mode',
      modules('Transformer', 'Pooling'),
      { pooling_mode_max_tokens: true },
      /pooling_mode_max_tokens/,
    ],
    [
      'two modes',
      modules('Transformer', 'Pooling'),
      { pooling_mode_mean_tokens: true, pooling_mode_cls_token: true },
      /pooling_mode_cls_token/,
    ],
    ['no pooling', modules('Transformer'), {}, /Pooling/],
  ])('are refused with %s', async (_, list, pooling, message) => {
    await copyOf('bert-encoder');
    await mkdir(join(root, '1_Pooling'));
    await writeFile(join(root, '1_Pooling/config.json'), JSON.stringify(pooling));
    await writeFile(join(root, 'modules.json'), JSON.stringify(list));
    const error = await codeOf(() => loadModelFolder(root));
    expect(error.code).toBe('INVALID_CONFIG');
    expect(error.message).toMatch(message);
  });
});
