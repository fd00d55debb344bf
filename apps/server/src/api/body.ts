import type { Context } from 'hono';
import { ApiError } from './errors.js';

function tooLarge(maxBytes: number): ApiError {
  return new ApiError('TOO_LARGE', `The body is larger than ${maxBytes} bytes. Send several requests.`);
}

/** Rejects with the signal's reason as soon as it fires, whatever becomes of `work`. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * How many times the limit is still read of a body that is too large, and thrown away: most clients write all of it
 * before they read, and one whose connection closes meanwhile sees a reset instead of the refusal.
 */
const patience = 8;

/** Chunk by chunk. `stated` is how long the body says it is, if it does. */
async function readStream(
  body: ReadableStream<Uint8Array>,
  stated: number | undefined,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const refused = () => bytes > maxBytes || (stated !== undefined && stated > maxBytes);
  try {
    while (bytes <= patience * maxBytes) {
      const { done, value } = await orAborted(reader.read(), signal);
      if (done) break;
      bytes += value.byteLength;
      if (!refused()) chunks.push(value);
    }
  } catch (error) {
    // Out of time while throwing away: it is too large all the same.
    if (!refused()) throw error;
  } finally {
    // Releasing the lock first would leave the rest unread for ever.
    reader.cancel().catch(() => {});
  }
  if (refused()) throw tooLarge(maxBytes);
  return Buffer.concat(chunks);
}

async function readBytes(c: Context, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const header = c.req.header('content-length');
  const stated = header === undefined ? undefined : Number(header);
  // Node reads no more of a body than its header says.
  if (stated !== undefined && stated <= maxBytes) {
    return new Uint8Array(await orAborted(c.req.arrayBuffer(), signal));
  }
  if (stated !== undefined && !(stated <= patience * maxBytes)) throw tooLarge(maxBytes);
  const { body } = c.req.raw;
  return body ? readStream(body, stated, maxBytes, signal) : new Uint8Array(0);
}

/** The connection may break before the signal says so, and what reading then throws is no fault of the server's. */
function brokenOff(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof ApiError || signal.aborted) return error;
  return new ApiError('CLIENT_CLOSED', 'The body broke off.', { cause: error });
}

/** The value of a JSON body. Throws `TOO_LARGE`, `INVALID_JSON`, `CLIENT_CLOSED`, or the signal's reason. */
export async function readJson(c: Context, maxBytes: number, signal: AbortSignal): Promise<unknown> {
  const bytes = await readBytes(c, maxBytes, signal).catch((error) => {
    throw brokenOff(error, signal);
  });
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const what = error instanceof SyntaxError ? 'JSON' : 'UTF-8';
    throw new ApiError('INVALID_JSON', `The body is not ${what}: ${(error as Error).message}.`);
  }
}
