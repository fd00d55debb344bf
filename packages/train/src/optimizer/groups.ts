import type { ParameterKind, ParameterSpec } from '@lookupffn/roberta';

/** `frozen` parameters are not trained. */
export type GroupName = 'decayed' | 'plain' | 'tables' | 'projections' | 'thresholds' | 'frozen';

/**
 * As RoBERTa does: weight decay on every matrix, embeddings included, and on no bias or LayerNorm. Learned read and
 * score parameters have a meaning at their start, not at 0, and are not decayed. Tables have a learning rate and a
 * decay of their own, and what makes the codes a learning rate: a projection that moves fast sends tokens to other
 * cells than those that have just learned from them.
 */
const groupOfKind: Readonly<Record<ParameterKind, GroupName>> = {
  embedding: 'decayed',
  weight: 'decayed',
  projection: 'projections',
  threshold: 'thresholds',
  bias: 'plain',
  norm: 'plain',
  read: 'plain',
  table: 'tables',
};

export const groupOf = (spec: ParameterSpec): GroupName => groupOfKind[spec.kind];
