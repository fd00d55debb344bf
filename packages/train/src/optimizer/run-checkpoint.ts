import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openSafetensorsFile, writeSafetensors } from '@lookupffn/core/node';
import type { Parameters } from '../tape/parameters.js';
import type { AdamW } from './adamw.js';
import { momentTensors, readMoments } from './moments.js';

/** A short training under way, in one file: what is trained and its moments. */
export interface RunState {
  readonly parameters: Parameters;
  readonly optimizer: AdamW;
}

const trained = ({ groups }: Parameters) =>
  groups.filter(({ name }) => name !== 'frozen').flatMap(({ parameters }) => parameters);

/** Makes the folder if need be, and replaces the file at once or not at all. `settings` is a text that must be the same to go on. */
export async function writeRunCheckpoint(
  path: string,
  { parameters, optimizer }: RunState,
  step: number,
  settings: string,
): Promise<void> {
  const weights = trained(parameters).map(({ name, shape, data }) => ({
    name,
    shape,
    data,
    dtype: 'F32' as const,
  }));
  await mkdir(dirname(path), { recursive: true });
  await writeSafetensors(path, [...weights, ...momentTensors(optimizer)], { step: String(step), settings });
}

/**
 * Fills parameters and moments; returns the steps done, 0 where there is no file, and null, nothing filled, for one of
 * other settings. Throws `FILE_CORRUPT` and the like for a damaged file.
 */
export async function readRunCheckpoint(
  path: string,
  { parameters, optimizer }: RunState,
  settings: string,
): Promise<number | null> {
  if (!existsSync(path)) return 0;
  const file = await openSafetensorsFile(path);
  try {
    if (file.metadata.settings !== settings) return null;
    for (const { name, shape, data } of trained(parameters)) {
      data.set(await file.readFloat32(name, { shape }));
    }
    await readMoments(file, optimizer);
    return Number(file.metadata.step);
  } finally {
    await file.close();
  }
}
