import { existsSync } from 'node:fs';
import { openSafetensorsFile, writeSafetensors } from '@lookupffn/core/node';
import type { AdamW } from '../optimizer/adamw.js';
import { momentTensors, readMoments } from '../optimizer/moments.js';
import type { Parameters } from '../tape/parameters.js';

/** A distillation under way: what is trained, its moments, and how many steps are done. */
export interface DistilState {
  readonly parameters: Parameters;
  readonly optimizer: AdamW;
}

const trained = ({ groups }: Parameters) =>
  groups.filter(({ name }) => name !== 'frozen').flatMap(({ parameters }) => parameters);

/** Replaces the file at once or not at all. `settings` is a text that must be the same to go on. */
export async function writeDistilCheckpoint(
  path: string,
  { parameters, optimizer }: DistilState,
  step: number,
  settings: string,
): Promise<void> {
  const weights = trained(parameters).map(({ name, shape, data }) => ({
    name,
    shape,
    data,
    dtype: 'F32' as const,
  }));
  await writeSafetensors(path, [...weights, ...momentTensors(optimizer)], { step: String(step), settings });
}

/**
 * Fills parameters and moments; returns the steps done, 0 where there is no file or one of other settings, which then
 * begins anew. Throws `FILE_CORRUPT` and the like for a damaged file.
 */
export async function readDistilCheckpoint(
  path: string,
  { parameters, optimizer }: DistilState,
  settings: string,
): Promise<number> {
  if (!existsSync(path)) return 0;
  const file = await openSafetensorsFile(path);
  try {
    if (file.metadata.settings !== settings) return 0;
    for (const { name, shape, data } of trained(parameters)) {
      data.set(await file.readFloat32(name, { shape }));
    }
    await readMoments(file, optimizer);
    return Number(file.metadata.step);
  } finally {
    await file.close();
  }
}
