/**
 * Turns tokens back into text, one after another. Each text takes a fresh {@link DecoderStream}, so that whole
 * and streaming decoding are the same code.
 */
export interface Decoder {
  /** `cleanUp` overrides whether the decoder undoes spaces before punctuation, where it can. */
  stream(cleanUp?: boolean): DecoderStream;
}

export interface DecoderStream {
  /** The text that this token completes; may be empty while a character is incomplete. */
  push(id: number, token: string): string;
  /** What is left: an incomplete character comes out as U+FFFD. */
  end(): string;
}

/** Without a decoder the reference implementation puts a space between tokens. */
export const spacedDecoder: Decoder = {
  stream() {
    let first = true;
    return {
      push(_id, token) {
        const text = first ? token : ` ${token}`;
        first = false;
        return text;
      },
      end: () => '',
    };
  },
};

/** Undoes the spaces that tokenizing put around English punctuation and contractions. */
export function cleanUpText(text: string): string {
  return text
    .replaceAll(' .', '.')
    .replaceAll(' ?', '?')
    .replaceAll(' !', '!')
    .replaceAll(' ,', ',')
    .replaceAll(" ' ", "'")
    .replaceAll(" n't", "n't")
    .replaceAll(" 'm", "'m")
    .replaceAll(' do not', " don't")
    .replaceAll(" 's", "'s")
    .replaceAll(" 've", "'ve")
    .replaceAll(" 're", "'re");
}
