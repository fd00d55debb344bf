import type { Kernel } from '../model/kernel.js';

/** One point of a curve: the step after which it was read, and the value. */
export interface CurvePoint {
  readonly step: number;
  readonly value: number;
}

/** What the demo finds out about one of its two models. */
export interface ModelReport {
  /** All trainable numbers, tied ones once. */
  readonly parameters: number;
  /** Those of the FFN blocks of all layers. */
  readonly ffnParameters: number;
  /** Of the FFNs of all layers, by the convention that a multiply-add is two. */
  readonly ffnFlopsPerToken: number;
  /** Weights that the FFNs of all layers read for one token alone, when nothing is left in a cache. */
  readonly ffnBytesPerToken: number;
  /** Natural logarithm of the perplexity on held-out documents. */
  readonly logPerplexity: number;
  /** Share of masked held-out tokens whose first guess is right. */
  readonly accuracy: number;
  /** Training speed, all steps. */
  readonly trainingTokensPerSecond: number;
  /** Seconds spent in training steps. */
  readonly trainingSeconds: number;
  /** The FFNs of all layers on this machine, per token, in a batch of `latencyTokens`. */
  readonly ffnMicrosPerToken: number;
  /** The whole model on this machine: one sentence of `latencyTokens` tokens. */
  readonly modelMillis: number;
  readonly lossCurve: readonly CurvePoint[];
}

export interface FilledWord {
  readonly word: string;
  readonly probability: number;
}

/** One hidden word of a held-out sentence and what each model would put there. */
export interface MaskReport {
  /** The sentence around the mask. */
  readonly before: string;
  readonly after: string;
  readonly answer: string;
  readonly dense: readonly FilledWord[];
  readonly lookup: readonly FilledWord[];
}

/** Everything the demo reports; written as report.json and shown by report.html. */
export interface DemoReport {
  readonly kind: 'lookupffn-demo-report';
  readonly created: string;
  readonly machine: {
    readonly cpu: string;
    readonly cpus: number;
    readonly platform: string;
    readonly node: string;
  };
  readonly kernel: Kernel;
  readonly corpus: {
    readonly source: string;
    readonly documents: number;
    readonly validationDocuments: number;
    readonly bytes: number;
    readonly trainingTokens: number;
    readonly validationTokens: number;
    readonly vocabulary: number;
  };
  readonly training: {
    readonly steps: number;
    readonly batch: number;
    readonly sequence: number;
    readonly learningRate: number;
    readonly seed: number;
    /** Set when fewer steps were made than planned, and why. */
    readonly note?: string;
  };
  readonly latencyTokens: number;
  readonly models: { readonly dense: ModelReport; readonly lookup: ModelReport };
  readonly masks: readonly MaskReport[];
}

export const modelNames = ['dense', 'lookup'] as const;
export type ModelName = (typeof modelNames)[number];

export const modelTitles: Readonly<Record<ModelName, string>> = { dense: 'Dense FFN', lookup: 'LookupFFN' };
