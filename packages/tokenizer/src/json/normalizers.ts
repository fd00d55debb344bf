import {
  type BertNormalizerOptions,
  bertNormalizer,
  inSequence,
  lowercase,
  type Normalizer,
  nfc,
  nfd,
  nfkc,
  nfkd,
  stripAccents,
} from '../normalize/normalizers.js';
import { type Fields, unsupported } from './read.js';

export interface ParsedNormalizer {
  normalize: Normalizer;
  /** Recognises, fast, most texts that stay as they are. */
  isUnchanged: ((text: string) => boolean) | undefined;
  /** Set when it is BERT's, which has a faster way. */
  bert: BertNormalizerOptions | undefined;
}

const forms = { NFC: nfc, NFD: nfd, NFKC: nfkc, NFKD: nfkd };

/** The `normalizer` of a tokenizer.json. */
export function parseNormalizer(json: Fields): ParsedNormalizer {
  const { type } = json;
  switch (type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return {
        normalize: forms[type],
        isUnchanged: (text) => text.normalize(type) === text,
        bert: undefined,
      };
    case 'Lowercase':
      return { normalize: lowercase, isUnchanged: (text) => text.toLowerCase() === text, bert: undefined };
    case 'StripAccents':
      return { normalize: stripAccents, isUnchanged: undefined, bert: undefined };
    case 'BertNormalizer': {
      const lower = json.boolean('lowercase', true);
      const bert = {
        cleanText: json.boolean('clean_text', true),
        separateIdeographs: json.boolean('handle_chinese_chars', true),
        // Not set: as with lower case.
        stripAccents: json.boolean('strip_accents', lower),
        lowercase: lower,
      };
      return { normalize: bertNormalizer(bert), isUnchanged: undefined, bert };
    }
    case 'Sequence':
      return sequence(json.objects('normalizers').map(parseNormalizer));
    default:
      throw unsupported(
        `The normalizer ${type}`,
        'NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, BertNormalizer and Sequence are.',
      );
  }
}

function sequence(parts: ParsedNormalizer[]): ParsedNormalizer {
  if (parts.length === 1) return parts[0];
  const tests = parts.flatMap(({ isUnchanged }) => (isUnchanged ? [isUnchanged] : []));
  const allHaveTests = tests.length === parts.length;
  return {
    normalize: inSequence(parts.map(({ normalize }) => normalize)),
    isUnchanged: allHaveTests ? (text) => tests.every((test) => test(text)) : undefined,
    bert: undefined,
  };
}
