import { join } from 'node:path';
import { readJsonFile } from '@lookupffn/core/node';
import { parseConfig, type RobertaConfig } from '@lookupffn/roberta';

/**
 * What config.json alone says of a model, to refuse what cannot be before its weights are loaded. Throws
 * `FILE_NOT_FOUND`, `FILE_IO` and `INVALID_CONFIG`.
 */
export async function readConfig(folder: string): Promise<RobertaConfig> {
  return parseConfig(await readJsonFile(join(folder, 'config.json')));
}
