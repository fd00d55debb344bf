import type { ConformanceCase } from './case.js';
import { accumulateCases } from './cases/accumulate.js';
import { batchCases } from './cases/batch.js';
import { inPlaceCases } from './cases/in-place.js';
import { nanCases } from './cases/nan.js';
import { optimCases } from './cases/optim.js';
import { packedCases } from './cases/packed.js';
import { preparedCases } from './cases/prepared.js';
import { gradientCases, valueCases } from './cases/values.js';

/** Every case but the golden ones, which come from files; always in this order. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...valueCases,
  ...gradientCases,
  ...optimCases,
  ...preparedCases,
  ...batchCases,
  ...accumulateCases,
  ...nanCases,
  ...inPlaceCases,
  ...packedCases,
];
