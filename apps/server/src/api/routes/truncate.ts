import type { Truncate } from '../../text/codec.js';
import type { Call } from '../endpoint.js';

interface Truncation {
  readonly truncate?: boolean | null | undefined;
  readonly truncation_direction: string;
}

/** Which end of a long text is cut, as the request says or else the server's setting. */
export function truncateOf(
  { service }: Call,
  { truncate, truncation_direction: side }: Truncation,
): Truncate {
  if (!(truncate ?? service.autoTruncate)) return false;
  return side.toLowerCase() === 'left' ? 'left' : 'right';
}
