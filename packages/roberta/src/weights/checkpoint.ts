import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LookupFfnError, type SafetensorsFile } from '@lookupffn/core';
import { fileError, type OpenSafetensorsFile, openSafetensorsFile, readJsonFile } from '@lookupffn/core/node';
import * as v from 'valibot';
import type { TensorFile } from './load.js';

export const weightsFile = 'model.safetensors';
const indexFile = 'model.safetensors.index.json';

const indexSchema = v.object({ weight_map: v.record(v.string(), v.string()) });

export interface OpenCheckpoint extends TensorFile {
  close(): Promise<void>;
}

/** Says what to do about weights in another format: pickle runs whatever code a file holds, so it is never read. */
async function noWeights(folder: string): Promise<LookupFfnError> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw fileError(error, folder, 'read');
  }
  const other = names.find((name) => /\.(bin|pt|pth|ckpt|h5|msgpack|onnx)$/.test(name));
  const how = other?.endsWith('.ckpt')
    ? `safetensors.torch.save_file({k: v.clone() for k, v in torch.load('${join(folder, other)}', map_location='cpu')['state_dict'].items()}, '${join(folder, weightsFile)}') keeps Lightning's names, which are read.`
    : `AutoModel.from_pretrained('${folder}').save_pretrained('${folder}', safe_serialization=True) writes ${weightsFile} (use the class that config.json names to keep its head).`;
  const message = other
    ? `${folder} has its weights in ${other}, which is not read here. Convert it once, with Python: ${how}`
    : `${folder} has no ${weightsFile}, nor ${indexFile} with shards. Download the model's weights into it.`;
  return new LookupFfnError('FILE_NOT_FOUND', message, { path: join(folder, weightsFile), found: other });
}

async function readIndex(path: string): Promise<Map<string, string>> {
  const result = v.safeParse(indexSchema, await readJsonFile(path));
  if (!result.success) {
    throw new LookupFfnError('FILE_CORRUPT', `${path} has no weight_map of tensors to file names.`, { path });
  }
  const map = new Map(Object.entries(result.output.weight_map));
  for (const [tensor, file] of map) {
    if (!/^[^/\\]+\.safetensors$/.test(file) || file.startsWith('.')) {
      throw new LookupFfnError(
        'FILE_CORRUPT',
        `${path} places tensor '${tensor}' in '${file}', which is no safetensors file beside it.`,
        { path, tensor, file },
      );
    }
  }
  return map;
}

async function openShards(folder: string): Promise<OpenCheckpoint> {
  const index = join(folder, indexFile);
  const map = await readIndex(index);
  const names = [...new Set(map.values())].sort();
  const missing = names.filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0) {
    throw new LookupFfnError(
      'FILE_NOT_FOUND',
      `${index} names ${missing.join(', ')}, which is not there: ${names.length - missing.length} of ${names.length} shards were found. Download the rest.`,
      { path: join(folder, missing[0]!), missing },
    );
  }
  const opened = new Map<string, OpenSafetensorsFile>();
  const close = async () => {
    for (const file of opened.values()) await file.close();
  };
  try {
    for (const name of names) opened.set(name, await openSafetensorsFile(join(folder, name)));
    for (const [tensor, name] of map) {
      if (opened.get(name)!.has(tensor)) continue;
      throw new LookupFfnError(
        'FILE_CORRUPT',
        `${index} places tensor '${tensor}' in ${name}, which lacks it.`,
        {
          path: index,
          tensor,
          file: name,
        },
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  const shard = (tensor: string): SafetensorsFile => opened.get(map.get(tensor) ?? names[0]!)!;
  return {
    name: index,
    names: [...map.keys()],
    has: (tensor) => map.has(tensor),
    info: (tensor) => shard(tensor).info(tensor),
    readFloat32: (tensor, expected) => shard(tensor).readFloat32(tensor, expected),
    close,
  };
}

/**
 * Opens a folder's weights: model.safetensors, or shards with their index. Throws `FILE_NOT_FOUND`, naming what lacks
 * (a shard that the index names, or safetensors where there is only pickle), `FILE_IO` or `FILE_CORRUPT`.
 */
export async function openCheckpoint(folder: string): Promise<OpenCheckpoint> {
  if (existsSync(join(folder, weightsFile))) return openSafetensorsFile(join(folder, weightsFile));
  if (existsSync(join(folder, indexFile))) return openShards(folder);
  throw await noWeights(folder);
}
