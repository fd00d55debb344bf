export * from './data/corpus.js';
export * from './data/documents.js';
export * from './data/sequences.js';
export * from './evaluation/evaluate.js';
export * from './evaluation/table-health.js';
export * from './training/options.js';
export * from './training/progress.js';
export * from './training/trainer.js';
