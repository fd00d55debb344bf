export { ffnCost, type ModelCost, type ModelCostOptions, modelCost } from './cost.js';
export { DirectEvaluator } from './direct/evaluator.js';
export type { ModelMemory } from './direct/memory.js';
export type { PrecisionOptions } from './direct/prepared-modules.js';
export type { Matrix } from './direct/scopes.js';
export * from './model/batch.js';
export * from './model/config.js';
export * from './model/config-json.js';
export * from './model/define-config.js';
export * from './model/evaluator.js';
export { classLogits, maskedLogits } from './model/heads.js';
export { meanPoolSequences } from './model/mean-pool.js';
export { modulePrefix } from './model/modules.js';
export * from './model/parameters.js';
export * from './model/roberta.js';
export { validateConfig } from './model/validate-config.js';
export type { FeatureOptions, FeaturePipeline, Features } from './pipelines/feature-extraction.js';
export type {
  FillMaskCallOptions,
  FillMaskCandidate,
  FillMaskOutput,
  FillMaskPipeline,
} from './pipelines/fill-mask.js';
export {
  type PipelineDtype,
  type PipelineOptions,
  type PipelineSessionOptions,
  pipeline,
} from './pipelines/pipeline.js';
export type { SimilarityInput, SimilarityPipeline } from './pipelines/sentence-similarity.js';
export type {
  Classification,
  ClassificationInput,
  ClassificationOptions,
  ClassificationPipeline,
} from './pipelines/text-classification.js';
export {
  type EncodedText,
  type EncodeTextOptions,
  encodeText,
  type PipelineToken,
  type PipelineTokenizer,
} from './pipelines/tokenizer.js';
export { Session } from './session/session.js';
export { topK } from './session/top-k.js';
export * from './session/types.js';
export * from './weights/count.js';
export * from './weights/initial.js';
export * from './weights/load.js';
export { weightTensors } from './weights/tensors.js';
