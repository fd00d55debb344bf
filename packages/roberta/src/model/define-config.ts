import type { LookupFfnSection, RobertaConfig } from './config.js';
import { validateConfig } from './validate-config.js';

/** Sections of config.json may leave these out. */
export const lookupDefaults = {
  projection: 'bh4',
  block: 64,
  stages: 4,
  read: 'single',
  temperature: false,
  scorePower: false,
  skip: false,
} as const satisfies Partial<LookupFfnSection>;

/** roberta-base, the defaults of Hugging Face's RobertaConfig where the two agree. */
export const robertaBase: RobertaConfig = {
  family: 'roberta',
  head: 'masked-lm',
  norm: 'post',
  vocabSize: 50265,
  hiddenSize: 768,
  numHiddenLayers: 12,
  numAttentionHeads: 12,
  intermediateSize: 3072,
  maxPositionEmbeddings: 514,
  typeVocabSize: 1,
  layerNormEps: 1e-5,
  initializerRange: 0.02,
  padTokenId: 1,
  bosTokenId: 0,
  eosTokenId: 2,
  labels: [],
  ffn: { kind: 'dense' },
};

/** A look-up section in which everything but its size may be left out. */
export type LookupFfnInput = Pick<LookupFfnSection, 'kind' | 'tables' | 'bits'> & Partial<LookupFfnSection>;

export type RobertaConfigInput = Partial<Omit<RobertaConfig, 'ffn'>> & {
  readonly ffn?: { readonly kind: 'dense' } | LookupFfnInput;
};

/**
 * A checked config from the keys that differ from roberta-base; `intermediateSize` follows `hiddenSize` (four times)
 * unless given. Throws `INVALID_CONFIG` naming the config.json key.
 */
export function defineConfig(input: RobertaConfigInput = {}): RobertaConfig {
  const hiddenSize = input.hiddenSize ?? robertaBase.hiddenSize;
  const ffn = input.ffn ?? robertaBase.ffn;
  return validateConfig({
    ...robertaBase,
    intermediateSize: 4 * hiddenSize,
    ...input,
    ffn: ffn.kind === 'lookup' ? { ...lookupDefaults, ...ffn } : ffn,
  });
}
