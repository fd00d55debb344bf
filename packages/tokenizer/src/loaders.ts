import { TokenizerError } from './errors.js';
import {
  type BertTextOptions,
  bertSpecialTokens,
  byteLevelBpeJson,
  robertaSpecialTokens,
  wordPieceJson,
} from './json/build.js';
import { Vocabulary } from './model/vocabulary.js';
import { Tokenizer } from './tokenizer.js';

export interface ByteLevelBpeFiles {
  /** The parsed contents of `vocab.json`. */
  vocab: unknown;
  /** The text of `merges.txt`. */
  merges: string;
  /** Whether texts are read as if a space stood in front. */
  addPrefixSpace?: boolean;
}

/**
 * A byte-level BPE tokenizer from `vocab.json` and `merges.txt`: RoBERTa's conventions where the vocabulary has
 * `<s>` and `</s>`, else GPT-2's, with `<|endoftext|>` as its special token.
 */
export function byteLevelBpeFromFiles(files: ByteLevelBpeFiles): Tokenizer {
  const vocab = new Vocabulary(files.vocab, 'vocab.json').toJSON();
  const merges: [string, string][] = [];
  files.merges.split(/\r?\n/).forEach((line, i) => {
    if (line === '' || line.startsWith('#version')) return;
    const pair = line.split(' ');
    if (pair.length !== 2) {
      throw new TokenizerError(
        'INVALID_TOKENIZER',
        `merges.txt, line ${i + 1}: two tokens with a space between them are expected, not ${JSON.stringify(line)}.`,
      );
    }
    merges.push(pair as [string, string]);
  });
  const known = [...robertaSpecialTokens, '<|endoftext|>'];
  return Tokenizer.fromJSON(
    byteLevelBpeJson({
      vocab,
      merges,
      specialTokens: known.filter((token) => Object.hasOwn(vocab, token)),
      addPrefixSpace: files.addPrefixSpace ?? false,
    }),
  );
}

/** A BERT tokenizer from the text of its `vocab.txt`, one token a line. Cased models want `lowercase: false`. */
export function wordPieceFromVocabTxt(vocabTxt: string, text: BertTextOptions = {}): Tokenizer {
  const lines = vocabTxt.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const vocab: Record<string, number> = {};
  lines.forEach((line, id) => {
    vocab[line.replace(/\p{White_Space}+$/u, '')] = id;
  });
  return Tokenizer.fromJSON(
    wordPieceJson({
      vocab,
      specialTokens: bertSpecialTokens.filter((token) => Object.hasOwn(vocab, token)),
      continuingPrefix: '##',
      text,
    }),
  );
}
