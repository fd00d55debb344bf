export { type ApproximateInit, type Approximation, approximateLayer } from './conversion/approximate.js';
export type { Unexplained } from './conversion/block.js';
export type { BudgetPoint, ConversionKind, Likeness } from './conversion/budget.js';
export { type CaptureOptions, captureLayers } from './conversion/capture.js';
export {
  type Conversion,
  type ConversionReport,
  type ConvertInit,
  convertModel,
  heldOutTexts,
} from './conversion/convert.js';
export { meanCosine } from './conversion/fidelity.js';
export type { LayerReport } from './conversion/fitted-layer.js';
export { type ConvertOptions, convertDefaults } from './conversion/options.js';
export {
  type BuildCorpusOptions,
  buildCorpus,
  type CorpusProgress,
} from './data/corpus.js';
export {
  type CorpusDocument,
  type DocumentSource,
  type ReadDocumentsOptions,
  readDocuments,
} from './data/documents.js';
export { Masker, maskedCount } from './data/masking.js';
export { type Corpus, type MaskVocabulary, readSequences, type TokenSequences } from './data/sequences.js';
export type { TokenCacheOptions } from './data/token-cache.js';
export type { CorpusTokenizer } from './data/tokenise.js';
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluation/evaluate.js';
export {
  type LayerTableHealth,
  type TableHealth,
  type TableHealthOptions,
  tableHealth,
} from './evaluation/table-health.js';
export { type TableWarning, tableWarnings } from './evaluation/table-warnings.js';
export {
  bestFile,
  type FinetuneEvaluation,
  type FinetuneInit,
  type FinetuneProgress,
  finetune,
} from './finetune/finetune.js';
export { type FinetuneOptions, finetuneDefaults } from './finetune/options.js';
export { AdamW, type AdamWOptions, leastReadParameter } from './optimizer/adamw.js';
export { type GroupName, groupOf } from './optimizer/groups.js';
export { learningRateAt, type Schedule, type ScheduleName, scheduleNames } from './optimizer/schedule.js';
export { maskedLoss } from './tape/masked-loss.js';
export { type Parameter, type ParameterGroup, Parameters } from './tape/parameters.js';
export { Tape, type TapeOptions } from './tape/tape.js';
export type { Variable } from './tape/variable.js';
export { embedTexts, type TaskTokenizer } from './tasks/embed.js';
export { type EvaluateTaskOptions, evaluateTask, type TaskResult } from './tasks/evaluate-task.js';
export { type Columns, type Example, type LabelOptions, readExamples } from './tasks/examples.js';
export type { TaskMethod } from './tasks/method.js';
export { type MetricName, readTask, type Task, type TaskName, taskNames } from './tasks/presets.js';
export { listCheckpoints } from './training/checkpoint.js';
export {
  annealReads,
  forkOptions,
  parseTrainingOptions,
  type TrainingOptions,
  type TrainingOptionsInput,
} from './training/options.js';
export type { RunOptions, RunResult, TrainingProgress } from './training/progress.js';
export {
  type StartingWeights,
  type StartingWeightsOptions,
  startingWeights,
} from './training/starting-weights.js';
export { type ForkInit, type ResumeInit, Trainer, type TrainerInit } from './training/trainer.js';
