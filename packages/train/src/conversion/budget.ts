import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '@lookupffn/core/node';
import type { RobertaModel } from '@lookupffn/roberta';

/** Layers as look-ups, or as affine maps alone. */
export type ConversionKind = 'lookup' | 'affine';

/** Mean cosine between dense and converted embeddings of held-out texts. */
export interface Likeness {
  readonly affine: number;
  readonly lookup: number;
}

/** With so many layers converted, after `budgetSteps` of distillation. */
export interface BudgetPoint extends Likeness {
  readonly layers: readonly number[];
}

export interface BudgetInit {
  readonly folder: string;
  /** Layers, the best explained first. */
  readonly ranked: readonly number[];
  /** What the points depend on beside the fits; points of other settings are made anew. */
  readonly settings: object;
  /** The model with these layers converted, and distilled in a checkpoint of that name in the folder. */
  readonly make: (
    kind: ConversionKind,
    layers: readonly number[],
    checkpoint: string,
  ) => Promise<RobertaModel>;
  readonly likeness: (model: RobertaModel) => number;
  readonly onModel?: (kind: ConversionKind, layers: readonly number[], model: RobertaModel) => Promise<void>;
}

/** What each further layer costs: one point a number of layers. Points that an earlier call finished are kept. */
export async function budgetCurve(init: BudgetInit): Promise<BudgetPoint[]> {
  const { folder, ranked, make, likeness, onModel } = init;
  const path = join(folder, 'budget.json');
  const settings = JSON.stringify({ ...init.settings, ranked, kept: onModel !== undefined });
  const points: BudgetPoint[] = [];
  if (existsSync(path)) {
    const found = (await readJsonFile(path)) as { settings: string; points: BudgetPoint[] };
    if (found.settings === settings) points.push(...found.points);
  }
  for (let count = points.length + 1; count <= ranked.length; count++) {
    const layers = ranked.slice(0, count);
    const checkpoints: string[] = [];
    const measure = async (kind: ConversionKind) => {
      const checkpoint = join(folder, `distil-${kind}-${count}.safetensors`);
      checkpoints.push(checkpoint);
      const model = await make(kind, layers, checkpoint);
      await onModel?.(kind, layers, model);
      return likeness(model);
    };
    points.push({ layers, affine: await measure('affine'), lookup: await measure('lookup') });
    await writeJsonFile(path, { settings, points });
    // As large as three models each, and of no more use.
    for (const checkpoint of checkpoints) await rm(checkpoint, { force: true });
  }
  return points;
}
