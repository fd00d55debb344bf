export * from './model/batch.js';
export * from './model/config.js';
export * from './model/evaluator.js';
export * from './model/parameters.js';
export * from './model/roberta.js';
