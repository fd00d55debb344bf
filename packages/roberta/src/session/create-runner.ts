import { type Backend, LookupFfnError } from '@lookupffn/core';
import type { PrecisionOptions } from '../direct/prepared-modules.js';
import { Runner, type RunnerOptions } from './runner.js';
import type { RobertaModel } from './types.js';

/** What only Node has, by a name that bundlers do not follow. */
export function nodeEntry(): Promise<typeof import('../node.js')> {
  const entry = '@lookupffn/roberta/node';
  return import(/* webpackIgnore: true */ /* @vite-ignore */ entry);
}

function checkPrecision(path: string, asked: PrecisionOptions, kept: PrecisionOptions): void {
  for (const key of ['linearDtype', 'tableDtype', 'projectionDtype'] as const) {
    if (asked[key] === undefined || asked[key] === (kept[key] ?? 'f32')) continue;
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `${path} was packed with ${key} ${kept[key] ?? 'f32'}; ${asked[key]} was asked for. Leave it out, open the model's folder, or pack it again.`,
      { path, [key]: asked[key] },
    );
  }
}

/** A runner of a model in memory, or of a packed file's path. */
export async function createRunner(
  backend: Backend,
  model: RobertaModel | string,
  options: RunnerOptions,
): Promise<Runner> {
  if (typeof model !== 'string') return Runner.create(backend, model, options);
  const { openPacked, loadPackedSource } = await nodeEntry();
  const opened = await openPacked(model, backend);
  if ('packed' in opened) {
    checkPrecision(model, options, opened.packed.precision);
    return Runner.create(backend, opened.packed, options);
  }
  const { header, repack } = opened;
  checkPrecision(model, options, header.precision);
  const source = await loadPackedSource(model, header);
  return Runner.create(backend, source, {
    ...options,
    ...header.precision,
    notes: [...(options.notes ?? []), repack],
  });
}
