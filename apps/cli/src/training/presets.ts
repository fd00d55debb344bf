import type { TrainingOptionsInput } from '@lookupffn/train';

/** The shape of a training configuration file; every part may be left out. */
export interface TrainConfigInput {
  /** The model's config.json without what follows from the tokenizer; laid over the preset's. */
  readonly model?: Readonly<Record<string, unknown>>;
  /** How to train; laid over the preset's. */
  readonly training?: TrainingOptionsInput;
  /** Vocabulary of the tokenizer to train, or the path of a tokenizer.json to use. */
  readonly tokenizer?: { readonly vocabulary: number } | { readonly path: string };
  /** Share of the text that is held out. */
  readonly validationFraction?: number;
  /** Begins as a trained model instead of from fresh weights. */
  readonly init?: InitInput;
}

/** The trained model that a run begins as. */
export interface InitInput {
  /** Its folder. */
  readonly model?: string;
  /** Takes all of it but its FFNs; those of the configuration start fresh. Default false. */
  readonly freshFfn?: boolean;
}

export type CompleteTrainConfig = Required<Omit<TrainConfigInput, 'init'>> & Pick<TrainConfigInput, 'init'>;

const lookup = (tables: number, block: number) => ({
  type: 'lookup',
  tables,
  bits: 8,
  projection: 'bh4',
  block,
  stages: 4,
  read: 'two-cell',
  temperature: true,
  score_power: true,
});

/** Two stages fewer pay for two cells more: what came closest to dense (docs/adr/0010-more-cells.md). */
const fourCell = (tables: number, block: number) => ({
  ...lookup(tables, block),
  stages: 2,
  read: 'four-cell',
});

const shared = { model_type: 'roberta-prelayernorm', type_vocab_size: 1, layer_norm_eps: 1e-5 };

/** What the paper trains with (arXiv 2403.07221, section 5): RoBERTa's AdamW, 512 tokens of which 77 are masked. */
const paper = {
  steps: 250_000,
  batchSize: 256,
  microBatchSize: 16,
  sequenceLength: 512,
  learningRate: 1e-4,
  warmupSteps: 10_000,
  weightDecay: 0.01,
  betas: [0.9, 0.98],
  epsilon: 1e-6,
  checkpointEvery: 1000,
  evaluateEvery: 5000,
  evaluateSequences: 512,
} satisfies TrainingOptionsInput;

/**
 * How `tiny`, `mini` and the demo train: what is best for dense and look-up models alike (docs/results/quality.md). Twice
 * as many tokens are hidden as in RoBERTa: short runs learn from each text more of what stands where
 * (docs/adr/0011-more-masks.md).
 */
export const shortRecipe = {
  mlmProbability: 0.3,
  learningRate: 2e-3,
  schedule: 'warmup_stable_decay',
} satisfies TrainingOptionsInput;

/**
 * What is narrower than RoBERTa starts with weights of 1 / sqrt(hidden_size): its 0.02 leaves the attention of a narrow
 * model too quiet to be heard beside the embeddings, and dense and look-up models alike learn hundreds of steps later.
 *
 * `tiny` trains on a desk in seconds a hundred steps, `mini` in minutes; `small` is the paper's small model and `base`
 * has the size of RoBERTa-base.
 */
export const trainPresets = {
  tiny: {
    model: {
      ...shared,
      hidden_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      intermediate_size: 256,
      initializer_range: 0.125,
      ffn: fourCell(16, 8),
    },
    training: {
      steps: 500,
      batchSize: 16,
      sequenceLength: 64,
      ...shortRecipe,
      warmupSteps: 50,
      checkpointEvery: 100,
    },
    tokenizer: { vocabulary: 4096 },
    validationFraction: 0.05,
  },
  mini: {
    model: {
      ...shared,
      hidden_size: 256,
      num_hidden_layers: 4,
      num_attention_heads: 4,
      intermediate_size: 1024,
      initializer_range: 0.0625,
      ffn: fourCell(64, 16),
    },
    training: {
      steps: 5000,
      batchSize: 32,
      sequenceLength: 128,
      ...shortRecipe,
      warmupSteps: 150,
      checkpointEvery: 250,
      evaluateEvery: 500,
      evaluateSequences: 256,
    },
    tokenizer: { vocabulary: 8192 },
    validationFraction: 0.05,
  },
  small: {
    model: {
      ...shared,
      hidden_size: 512,
      num_hidden_layers: 4,
      num_attention_heads: 8,
      intermediate_size: 2048,
      ffn: lookup(128, 64),
    },
    training: paper,
    tokenizer: { vocabulary: 32_768 },
    validationFraction: 0.01,
  },
  base: {
    model: {
      ...shared,
      hidden_size: 768,
      num_hidden_layers: 12,
      num_attention_heads: 12,
      intermediate_size: 3072,
      ffn: lookup(128, 64),
    },
    training: paper,
    tokenizer: { vocabulary: 50_257 },
    validationFraction: 0.01,
  },
} satisfies Record<string, CompleteTrainConfig>;

export type TrainPresetName = keyof typeof trainPresets;
export const trainPresetNames = Object.keys(trainPresets) as TrainPresetName[];
