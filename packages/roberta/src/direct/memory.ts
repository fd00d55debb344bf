import type { Prepared } from '@lookupffn/core';
import type { SourceParameter } from '../weights/source.js';

/** Bytes that a model holds, by kind. The kinds add up to `total`; `mapped` says how much of it is shared. */
export interface ModelMemory {
  /** Word, position and type embedding tables. */
  readonly embeddings: number;
  /** Prepared matrices: attention, dense FFNs, the language-model head with its decoder. */
  readonly dense: number;
  /** Projections of look-up FFNs. */
  readonly projection: number;
  /** Table rows of look-up FFNs with their scales. */
  readonly tables: number;
  /** Norms, biases and read parameters of look-up FFNs, and whatever a backend does not tell apart. */
  readonly other: number;
  /** Activation buffers and the kernels' scratch of the session's thread, as large as the largest request needed. */
  readonly scratch: number;
  readonly total: number;
  /** Of `total`, bytes that lie in a mapped file and are shared with whoever else has it open. */
  readonly mapped: number;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export function countMemory(
  plain: readonly SourceParameter[],
  plainMapped: boolean,
  { linears, lookups }: { readonly linears: readonly Prepared[]; readonly lookups: readonly Prepared[] },
  scratch: number,
): ModelMemory {
  const plainBytes = (wanted: boolean) =>
    sum(plain.filter(({ kind }) => (kind === 'embedding') === wanted).map(({ data }) => data.byteLength));
  const embeddings = plainBytes(true);
  const dense = sum(linears.map(({ bytes }) => bytes));
  const tables = sum(lookups.map(({ parts }) => parts?.tables ?? 0));
  const projection = sum(lookups.map(({ parts }) => parts?.projection ?? 0));
  const other = plainBytes(false) + sum(lookups.map(({ bytes }) => bytes)) - tables - projection;
  const mapped =
    (plainMapped ? sum(plain.map(({ data }) => data.byteLength)) : 0) +
    sum([...linears, ...lookups].map(({ parts }) => parts?.mapped ?? 0));
  const total = embeddings + dense + projection + tables + other + scratch;
  return { embeddings, dense, projection, tables, other, scratch, total, mapped };
}
