import type { Merges } from '../bpe/merges.js';
import { TokenizerError } from '../errors.js';
import type { Vocabulary } from '../model/vocabulary.js';
import { JsonCursor } from './cursor.js';
import { scanMerges, scanVocabulary } from './scan.js';

/**
 * The value of a tokenizer.json's text, in which the model's `vocab` and `merges` are read already: as values they are
 * nearly all of the file, and two thirds of the time that loading it would take. Where their text is not written as
 * programs write it, the whole goes through `JSON.parse`, which then says what it means or what is wrong with it.
 * Throws `INVALID_TOKENIZER` for what is not JSON, `INVALID_ARGUMENT` for what is neither text nor bytes.
 */
export function readTokenizerText(text: string | Uint8Array): unknown {
  return quickly(bytesOf(text)) ?? parsed(text, 'tokenizer.json');
}

/** The same for the text of a vocab.json. */
export function readVocabularyText(text: string | Uint8Array): unknown {
  const cursor = new JsonCursor(bytesOf(text));
  const vocabulary = scanVocabulary(cursor);
  return vocabulary !== undefined && cursor.at === cursor.bytes.length
    ? vocabulary
    : parsed(text, 'vocab.json');
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  if (typeof text === 'string') return encoder.encode(text);
  // Not `instanceof`: bytes may come from another realm, such as a test runner's.
  if (ArrayBuffer.isView(text)) return new Uint8Array(text.buffer, text.byteOffset, text.byteLength);
  throw new TokenizerError(
    'INVALID_ARGUMENT',
    `Tokenizer.parse takes text or a Uint8Array, not ${typeof text}; parsed contents go to Tokenizer.fromJSON.`,
  );
}

function parsed(text: string | Uint8Array, where: string): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? text : decoder.decode(text));
  } catch (error) {
    const reason = (error as Error).message;
    throw new TokenizerError('INVALID_TOKENIZER', `${where} is not JSON: ${reason}.`, {}, error);
  }
}

/** Stands in the rest of the text for what was taken out of it. */
const TAKEN_OUT = 0;

function quickly(bytes: Uint8Array): unknown {
  const cursor = new JsonCursor(bytes);
  const taken: { vocab?: Vocabulary; merges?: Merges } = {};
  let rest = '';
  let done = 0;
  const takeOut = <T>(scan: (cursor: JsonCursor) => T | undefined): T | undefined => {
    rest += decoder.decode(bytes.subarray(done, cursor.at)) + TAKEN_OUT;
    const value = scan(cursor);
    done = cursor.at;
    return value;
  };
  const inModel = (name: string): boolean => {
    if (name !== 'vocab' && name !== 'merges') return cursor.skip();
    // Of members with one name JSON means the last.
    if (taken[name] !== undefined) return false;
    if (name === 'vocab') taken.vocab = takeOut(scanVocabulary);
    else taken.merges = takeOut(scanMerges);
    return taken[name] !== undefined;
  };
  const simple = cursor.object((name) => (name === 'model' ? cursor.object(inModel) : cursor.skip()));
  rest += decoder.decode(bytes.subarray(done));
  // U+FFFD may stand for what was no UTF-8, or for a lone surrogate of a string.
  if (!simple || rest.includes('\ufffd')) return undefined;
  let value: { model?: Record<string, unknown> };
  try {
    value = JSON.parse(rest);
  } catch {
    return undefined;
  }
  for (const [name, table] of Object.entries(taken)) {
    // A second model may have taken the place of the one that was read.
    if (value.model?.[name] !== TAKEN_OUT) return undefined;
    value.model[name] = table;
  }
  return value;
}

const encoder = /* @__PURE__ */ new TextEncoder();
/** A byte order mark stays, as it does in what `readFile` gives, and is refused. */
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true });
