import { fileError, LookupFfnError, memorySource } from '@lookupffn/core';
import { type GoldenCase, parseGoldenCase } from './parse.js';

/**
 * All golden cases (`*.safetensors`) of a folder, by name. For Node; a browser fetches the files and gives each to
 * `parseGoldenCase`. Throws as that does, `FILE_NOT_FOUND` or `FILE_IO`, and `INVALID_ARGUMENT` for a folder of none.
 */
export async function readGoldenCases(folder: string): Promise<GoldenCase[]> {
  // Not by import: a bundler for browsers, where the rest of the kit runs, would trip over the module names.
  const { readdir, readFile } = globalThis.process.getBuiltinModule('node:fs/promises');
  const { join } = globalThis.process.getBuiltinModule('node:path');
  const cases: GoldenCase[] = [];
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.safetensors')).sort();
    for (const name of names) {
      const path = join(folder, name);
      const source = memorySource(new Uint8Array(await readFile(path)), path);
      cases.push(await parseGoldenCase(source, name.replace(/\.safetensors$/, '')));
    }
  } catch (error) {
    throw fileError(error, folder, 'read golden cases from');
  }
  if (cases.length === 0) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `There is no golden case in ${folder}: no file there ends in .safetensors.`,
      {
        folder,
      },
    );
  }
  return cases;
}
