export type { CaseGroup, ConformanceCase } from './case.js';
export { conformanceCases } from './cases.js';
export { describeConformance, type TestFramework } from './describe.js';
export type { CaseOutcome } from './findings.js';
export { goldenConformanceCases } from './golden/cases.js';
export { readGoldenCases } from './golden/folder.js';
export { type GoldenCase, parseGoldenCase } from './golden/parse.js';
export {
  type ConformanceOptions,
  type ConformanceReport,
  type ConformanceResult,
  type NamePattern,
  runConformance,
  type SkipRule,
} from './run.js';
