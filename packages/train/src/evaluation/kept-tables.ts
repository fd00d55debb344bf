import { type Backend, roundTables, type TableDtype } from '@lookupffn/core';
import { layerLookup, modulePrefix, type PrecisionOptions, type RobertaModel } from '@lookupffn/roberta';

/** Whether a backend keeps tables in a type: one that lacks it keeps them as f32. */
function keepsTables({ prepare }: Backend, tableDtype: TableDtype): boolean {
  const config = {
    hidden: 2,
    out: 2,
    tables: 1,
    bits: 1,
    projection: 'dense',
    block: 2,
    stages: 1,
    read: 'single',
  } as const;
  const zeros = (length: number) => new Float32Array(length);
  const weights = { projectionWeight: zeros(2), projectionBias: zeros(1), tables: zeros(4), bias: zeros(2) };
  const handle = prepare.lookupFfn(config, weights, { tableDtype });
  try {
    return handle.dtype === tableDtype;
  } finally {
    handle.dispose();
  }
}

/**
 * A model and how to keep it, so that any backend gives what tables in `precision.tableDtype` give: one that lacks the
 * type is given tables that were rounded to it.
 */
export function withTablesKept(
  backend: Backend,
  model: RobertaModel,
  precision: PrecisionOptions = {},
): { model: RobertaModel; precision: PrecisionOptions } {
  const { tableDtype = 'f32', ...rest } = precision;
  // Every backend keeps f32, which is all that evaluations during training ask for.
  const kept = tableDtype === 'f32' || model.config.ffn.kind === 'dense' || keepsTables(backend, tableDtype);
  if (kept) return { model, precision };
  const weights = new Map(model.weights);
  for (let layer = 0; layer < model.config.numHiddenLayers; layer++) {
    const lookup = layerLookup(model.config, layer);
    if (!lookup) continue;
    const name = `${modulePrefix(model.config)}.encoder.layer.${layer}.ffn.tables`;
    weights.set(name, roundTables(weights.get(name)!, lookup.out, tableDtype));
  }
  return { model: { ...model, weights }, precision: rest };
}
