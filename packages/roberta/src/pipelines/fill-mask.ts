import { LookupFfnError } from '@lookupffn/core';
import { checkTopK } from '../session/check-options.js';
import type { Session } from '../session/session.js';
import type { FilledMask } from '../session/types.js';
import { checkCall, requireHead } from './check.js';
import { type BatchOptions, inSortedBatches } from './sorted.js';
import { encodeText, type PipelineToken, type PipelineTokenizer } from './tokenizer.js';

export interface FillMaskCallOptions extends BatchOptions {
  /** Candidates a mask; default 5. */
  readonly top_k?: number;
}

/** One candidate for one mask, named as transformers names it. */
export interface FillMaskCandidate {
  /** Probability of the token at this mask. */
  readonly score: number;
  readonly token: number;
  /** The token's text, with its leading space if it has one. */
  readonly token_str: string;
  /** The text with this mask filled. */
  readonly sequence: string;
}

/** Candidates of one mask; with several masks in a text, a list for each. */
export type FillMaskOutput = FillMaskCandidate[] | FillMaskCandidate[][];

export interface FillMaskPipeline {
  /**
   * Rejects with `INVALID_ARGUMENT` for a text without a mask or with one past what the model takes, else as the
   * session does.
   */
  (text: string, options?: FillMaskCallOptions): Promise<FillMaskOutput>;
  (texts: readonly string[], options?: FillMaskCallOptions): Promise<FillMaskOutput[]>;
  /** The same with one shape whatever the number of masks: text, mask, candidate. */
  nested(texts: readonly string[], options?: FillMaskCallOptions): Promise<FillMaskCandidate[][][]>;
  readonly session: Session;
  /** Disposes the session if the pipeline made it. */
  dispose(): Promise<void>;
}

/** Decodes for display: without `<s>` and `</s>`, and with masks only where several show which one was filled. */
function describe(
  tokenizer: PipelineTokenizer,
  session: Session,
  ids: readonly number[],
  filled: readonly FilledMask[],
): FillMaskCandidate[][] {
  const { bosTokenId, eosTokenId, padTokenId } = session.config;
  const hidden = new Set([bosTokenId, eosTokenId, padTokenId]);
  return filled.map(({ position, candidates }) =>
    candidates.map(({ id, probability }) => ({
      score: probability,
      token: id,
      token_str: tokenizer.decode(Uint32Array.of(id)),
      sequence: tokenizer.decode(
        Uint32Array.from(ids.map((other, t) => (t === position ? id : other)).filter((t) => !hidden.has(t))),
      ),
    })),
  );
}

function requireMask(tokenizer: PipelineTokenizer): PipelineToken {
  const mask = tokenizer.specialTokens?.mask;
  if (!mask) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      "The tokenizer has no mask token. Is it this model's tokenizer, trained for masked language modelling?",
    );
  }
  return mask;
}

export function createFillMask(session: Session, tokenizer: PipelineTokenizer): FillMaskPipeline['nested'] {
  requireHead('fill-mask', session.config, 'masked-lm', 'Its hidden states are for feature-extraction.');
  const mask = requireMask(tokenizer);
  return async (texts, given) => {
    const { top_k = 5, ...options } = checkCall(texts, given);
    const topK = checkTopK('top_k', top_k, session.config.vocabSize);
    const { truncation } = options;
    const encoded = texts.map((text) => encodeText(tokenizer, session.config, text, { truncation }));
    const sequences = encoded.map(({ ids }) => ids);
    encoded.forEach(({ ids, rest }, i) => {
      if (rest.includes(mask.id)) {
        throw new LookupFfnError(
          'INVALID_ARGUMENT',
          `A mask stands past the ${ids.length} tokens of a text that this model takes. Shorten what is before it.`,
          { text: i, limit: ids.length },
        );
      }
      if (!ids.includes(mask.id)) {
        const token = mask.content ?? '<mask>';
        throw new LookupFfnError(
          'INVALID_ARGUMENT',
          `There is no mask in ${JSON.stringify(texts[i])}. Write ${token} where a word is to be filled in.`,
          { text: i },
        );
      }
    });
    const run = (indices: readonly number[]) =>
      session.fillMask(
        indices.map((i) => sequences[i]!),
        { topK, signal: options.signal, maskTokenId: mask.id },
      );
    const lengths = sequences.map(({ length }) => length);
    const filled = await inSortedBatches(lengths, run, options);
    return filled.map((masks, i) => describe(tokenizer, session, sequences[i]!, masks));
  };
}
