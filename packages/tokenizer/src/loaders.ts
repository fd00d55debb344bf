import { Merges } from './bpe/merges.js';
import { TokenizerError } from './errors.js';
import {
  type BertTextOptions,
  bertSpecialTokens,
  byteLevelBpeJson,
  robertaSpecialTokens,
  wordPieceJson,
} from './json/build.js';
import { readVocabularyText } from './json/text.js';
import { Vocabulary } from './model/vocabulary.js';
import { Tokenizer } from './tokenizer.js';

export interface ByteLevelBpeFiles {
  /** The text of `vocab.json`, its bytes, or its parsed contents. */
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
  const vocab = vocabularyOf(files.vocab);
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
  return Tokenizer.fromJSON(
    byteLevelBpeJson({
      vocab,
      merges: Merges.fromArray(merges),
      specialTokens: [...robertaSpecialTokens, '<|endoftext|>'].filter(
        (token) => vocab.idOf(token) !== undefined,
      ),
      addPrefixSpace: files.addPrefixSpace ?? false,
    }),
  );
}

function vocabularyOf(vocab: unknown): Vocabulary {
  const isText = typeof vocab === 'string' || ArrayBuffer.isView(vocab);
  const value = isText ? readVocabularyText(vocab as string | Uint8Array) : vocab;
  return value instanceof Vocabulary ? value : Vocabulary.fromObject(value, 'vocab.json');
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
      vocab: Vocabulary.fromObject(vocab, 'vocab.txt'),
      specialTokens: bertSpecialTokens.filter((token) => Object.hasOwn(vocab, token)),
      continuingPrefix: '##',
      text,
    }),
  );
}
