import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiError } from '../errors.js';

const digest = (text: string) => createHash('sha256').update(text).digest();

/**
 * Checks `Authorization: Bearer KEY`. Digests are compared, of one length whatever was sent, every key each time, so
 * that the time taken tells nothing.
 */
export function createKeyCheck(keys: readonly string[]): (authorization: string | undefined) => void {
  const known = keys.map(digest);
  return (authorization) => {
    if (known.length === 0) return;
    const sent = digest(/^Bearer +(.*)$/i.exec(authorization ?? '')?.[1] ?? '');
    let matches = 0;
    for (const key of known) matches += timingSafeEqual(key, sent) ? 1 : 0;
    if (matches === 0) {
      throw new ApiError(
        'UNAUTHORIZED',
        'This server needs a key: send the header Authorization: Bearer KEY.',
      );
    }
  };
}
