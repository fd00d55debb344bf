import type { BackendOptions, LinearDtype, TableDtype } from '@lookupffn/core';
import type { PrecisionOptions, RobertaConfig } from '@lookupffn/roberta';

/** One way to run a model. */
export interface Candidate {
  readonly precision: PrecisionOptions;
  readonly options: Pick<BackendOptions, 'threads' | 'tileRows'>;
}

const linears: readonly LinearDtype[] = ['f32', 'int8'];
const tables: readonly TableDtype[] = ['f32', 'bf16', 'f16', 'int8', 'int4'];

/** Every pair of dtypes; a dense model has no tables to choose for. Float32 first: what others are compared with. */
export function precisions({ ffn }: RobertaConfig): PrecisionOptions[] {
  if (ffn.kind === 'dense') return linears.map((linearDtype) => ({ linearDtype }));
  return tables.flatMap((tableDtype) => linears.map((linearDtype) => ({ linearDtype, tableDtype })));
}

/** Powers of two up to all CPUs, and all of them. */
export function threadCounts(cpus: number): number[] {
  const powers = Array.from({ length: 9 }, (_, i) => 2 ** i).filter((n) => n < cpus);
  return [...powers, cpus];
}

export const tileRows: readonly number[] = [6, 12, 24, 48];
