/** A place in the final sequence: a special token, or one of the texts. */
export type TemplatePiece =
  | { kind: 'special'; id: number; typeId: number }
  | { kind: 'sequence'; sequence: 0 | 1; typeId: number };

/** How special tokens surround one text and a pair, and what happens to offsets. */
export interface PostProcessor {
  single: readonly TemplatePiece[];
  pair: readonly TemplatePiece[];
  /** Whether white space at the ends of a token is left out of its offsets. */
  trimOffsets: boolean;
  /** Whether a token at the beginning keeps the one leading space that `add_prefix_space` gave it. */
  keepPrefixSpace: boolean;
}

const textA: TemplatePiece = { kind: 'sequence', sequence: 0, typeId: 0 };

/** Just the texts; the second of a pair has type 1. */
export const plainPostProcessor: PostProcessor = {
  single: [textA],
  pair: [textA, { kind: 'sequence', sequence: 1, typeId: 1 }],
  trimOffsets: false,
  keepPrefixSpace: false,
};

/** BERT's `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, the second text and its separator of type 1. */
export function bertPostProcessor(cls: number, sep: number): PostProcessor {
  const open: TemplatePiece = { kind: 'special', id: cls, typeId: 0 };
  const close: TemplatePiece = { kind: 'special', id: sep, typeId: 0 };
  return {
    ...plainPostProcessor,
    single: [open, textA, close],
    pair: [
      open,
      textA,
      close,
      { kind: 'sequence', sequence: 1, typeId: 1 },
      { kind: 'special', id: sep, typeId: 1 },
    ],
  };
}

/** RoBERTa's `<s> A </s>` and `<s> A </s></s> B </s>`, everything of type 0. */
export function robertaPostProcessor(
  cls: number,
  sep: number,
  options: { trimOffsets: boolean; addPrefixSpace: boolean },
): PostProcessor {
  const open: TemplatePiece = { kind: 'special', id: cls, typeId: 0 };
  const close: TemplatePiece = { kind: 'special', id: sep, typeId: 0 };
  return {
    single: [open, textA, close],
    pair: [open, textA, close, close, { kind: 'sequence', sequence: 1, typeId: 0 }, close],
    trimOffsets: options.trimOffsets,
    keepPrefixSpace: options.addPrefixSpace,
  };
}

/** How many special tokens a template adds. */
export function specialCount(template: readonly TemplatePiece[]): number {
  return template.filter((piece) => piece.kind === 'special').length;
}
