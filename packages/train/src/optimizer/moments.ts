import type { OpenSafetensorsFile } from '@lookupffn/core/node';
import type { AdamW } from './adamw.js';

/** AdamW's moments of every trained parameter as tensors of a file: `m.<parameter>` and `v.<parameter>`. */
export function* momentTensors(optimizer: AdamW) {
  for (const { group, m, v } of optimizer.moments) {
    if (group.name === 'frozen') continue;
    let at = 0;
    for (const { name, shape, data } of group.parameters) {
      const end = at + data.length;
      yield { name: `m.${name}`, dtype: 'F32' as const, shape, data: m.subarray(at, end) };
      yield { name: `v.${name}`, dtype: 'F32' as const, shape, data: v.subarray(at, end) };
      at = end;
    }
  }
}

/** Fills an optimiser's moments from such a file. Throws as reading tensors does. */
export async function readMoments(file: OpenSafetensorsFile, optimizer: AdamW): Promise<void> {
  for (const { name, shape, data } of momentTensors(optimizer)) {
    data.set(await file.readFloat32(name, { shape }));
  }
}
