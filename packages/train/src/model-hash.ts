import { createHash } from 'node:crypto';
import type { RobertaModel } from '@lookupffn/roberta';

/** SHA-256 of a model's config and weights, and of whatever else (as JSON) must be the same for work on it to go on. */
export function modelHash({ config, weights }: RobertaModel, more: unknown = null): string {
  const hash = createHash('sha256').update(JSON.stringify([config, [...weights.keys()], more]));
  for (const { buffer, byteOffset, byteLength } of weights.values()) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
