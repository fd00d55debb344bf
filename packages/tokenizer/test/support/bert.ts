import { type BertTextOptions, type TokenizerJson, trainWordPiece } from '../../src/index.js';
import { speeches } from './texts.js';

/**
 * A tokenizer.json like bert-base's: trained on a few speeches, with most characters of the BMP added alone and as
 * parts of words, so that texts in any script become more than unknown words.
 */
export async function bertJson(text: BertTextOptions = {}): Promise<TokenizerJson> {
  const tokenizer = await trainWordPiece(speeches(20), { vocabularySize: 3000, ...text });
  const json = tokenizer.toJSON();
  const { vocab } = json.model;
  let id = Object.keys(vocab).length;
  for (let point = 0x21; point < 0xfffd; point++) {
    if ((point >= 0x3400 && point < 0xf900) || point % 3 === 0) continue;
    const character = String.fromCharCode(point);
    for (const token of [character, `##${character}`]) {
      if (!Object.hasOwn(vocab, token)) vocab[token] = id++;
    }
  }
  return json;
}
