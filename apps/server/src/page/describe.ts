import type { PageDescription } from '@lookupffn/page/description';
import type { ModelInfo } from '../api/types.js';

/** Where the sentences are, beside page.json. */
export const sentencesFile = 'sentences.json';

export const tokenizerFile = 'tokenizer.json';

/** What page.json names of a model's folder. */
export const modelFiles = ['config.json', tokenizerFile, 'model.safetensors'] as const;

/** Where the n-th model's files are, beside page.json. A number, for a model's name may be a path. */
export const modelPlace = (n: number) => `models/${n}/`;

interface DescribedModel {
  readonly info: ModelInfo;
  /** Whether browsers get its files. */
  readonly shared: boolean;
}

export interface DescribeOptions {
  readonly models: readonly DescribedModel[];
  readonly maskToken: string;
  readonly examples: readonly string[];
  /** Where the sentences are from, for people; null where there are none. */
  readonly sentencesFrom: string | null;
  readonly server: PageDescription['server'];
}

/** page.json. */
export function describePage(options: DescribeOptions): PageDescription {
  const { models, maskToken, examples, sentencesFrom, server } = options;
  return {
    version: 1,
    maskToken,
    // Written with RoBERTa's mask; a model may have another.
    examples: examples.map((example) => example.replaceAll('<mask>', maskToken)),
    models: models.map(({ info: { name, label, facts, ffn }, shared }, n) => ({
      name,
      label,
      facts,
      ffn,
      folder: shared ? modelPlace(n) : null,
    })),
    sentences: sentencesFrom === null ? null : { file: sentencesFile, from: sentencesFrom },
    server,
  };
}
