// Each contestant loads a tokenizer.json (the file's bytes) and gives functions that encode a text. `length` is how many
// tokens came out, special ones left out: what all of them must agree on.
import { createRequire } from 'node:module';

const withoutSpecial = { addSpecialTokens: false };

/** Apart, so that a contestant's load time and memory are its own. */
export const loaders = {
  async 'lookupffn ids'(json) {
    const { Tokenizer } = await import('../../../packages/tokenizer/dist/index.js');
    const tokenizer = Tokenizer.parse(json);
    return (text) => tokenizer.encode(text, withoutSpecial).ids;
  },
  async 'lookupffn ids and offsets'(json) {
    const { Tokenizer } = await import('../../../packages/tokenizer/dist/index.js');
    const tokenizer = Tokenizer.parse(json);
    const options = { ...withoutSpecial, offsets: true };
    return (text) => tokenizer.encode(text, options).ids;
  },
  /** The native one always computes offsets; asked for its ids only, it does not copy them over. */
  async 'tokenizers (native) ids'(json) {
    const { Tokenizer } = createRequire(import.meta.url)('tokenizers');
    const tokenizer = Tokenizer.fromString(json.toString());
    return async (text) => (await tokenizer.encode(text, null, withoutSpecial)).getIds();
  },
  async 'tokenizers (native) ids and offsets'(json) {
    const { Tokenizer } = createRequire(import.meta.url)('tokenizers');
    const tokenizer = Tokenizer.fromString(json.toString());
    return async (text) => {
      const encoding = await tokenizer.encode(text, null, withoutSpecial);
      encoding.getOffsets();
      return encoding.getIds();
    };
  },
  async '@huggingface/tokenizers ids'(json) {
    const { Tokenizer } = await import('@huggingface/tokenizers');
    const tokenizer = new Tokenizer(JSON.parse(json.toString()), {});
    return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  },
  /** Brings GPT-2's vocabulary along: the same merges as RoBERTa's under other ids. */
  async 'gpt-tokenizer (r50k) ids'() {
    const { encode } = await import('gpt-tokenizer/encoding/r50k_base');
    return encode;
  },
};
