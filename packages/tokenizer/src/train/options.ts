import { TokenizerError } from '../errors.js';
import type { TrainingProgress } from './pace.js';

/** What both trainers take. */
export interface TrainingOptions {
  /** Size to reach, special tokens and alphabet included; smaller when the texts hold no more pairs. */
  vocabularySize: number;
  /** A pair that occurs less often is not merged; 2 unless given. */
  minFrequency?: number;
  /** They get the first ids. */
  specialTokens?: readonly string[];
  onProgress?: (progress: TrainingProgress) => void;
  signal?: AbortSignal;
}

export interface CheckedTrainingOptions {
  vocabularySize: number;
  minFrequency: number;
  specialTokens: string[];
}

/** `alphabet` is how many tokens there are besides special ones before any merge. */
export function checkTrainingOptions(
  options: TrainingOptions,
  defaultSpecialTokens: readonly string[],
  alphabet: number,
): CheckedTrainingOptions {
  const { vocabularySize, minFrequency = 2 } = options;
  const specialTokens = [...new Set(options.specialTokens ?? defaultSpecialTokens)];
  const least = specialTokens.length + alphabet;
  if (!Number.isInteger(vocabularySize) || vocabularySize < least || vocabularySize > 2 ** 24) {
    throw new TokenizerError(
      'INVALID_ARGUMENT',
      `vocabularySize is ${vocabularySize}; it must be a whole number from ${least} (the alphabet and ${specialTokens.length} special tokens) to ${2 ** 24}.`,
    );
  }
  if (!(minFrequency >= 0)) {
    throw new TokenizerError('INVALID_ARGUMENT', `minFrequency is ${minFrequency}; it must be 0 or more.`);
  }
  if (specialTokens.some((token) => typeof token !== 'string' || token === '')) {
    throw new TokenizerError('INVALID_ARGUMENT', 'Special tokens must be strings that are not empty.');
  }
  return { vocabularySize, minFrequency, specialTokens };
}

export function emptyCorpus(): TokenizerError {
  return new TokenizerError(
    'CORPUS_INVALID',
    'The training texts hold no words: they are empty or white space.',
  );
}
