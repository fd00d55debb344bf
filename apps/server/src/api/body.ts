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

/** Chunk by chunk, for a body that does not say how long it will be. */
async function readStream(body: ReadableStream<Uint8Array>, maxBytes: number, signal: AbortSignal) {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await orAborted(reader.read(), signal);
      if (done) return Buffer.concat(chunks);
      bytes += value.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(value);
    }
  } finally {
    // Releasing the lock first would leave the rest unread for ever.
    reader.cancel().catch(() => {});
  }
}

async function readBytes(c: Context, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const stated = c.req.header('content-length');
  if (stated === undefined) {
    const { body } = c.req.raw;
    return body ? readStream(body, maxBytes, signal) : new Uint8Array(0);
  }
  // Node reads no more of a body than its header says.
  if (!(Number(stated) <= maxBytes)) throw tooLarge(maxBytes);
  return new Uint8Array(await orAborted(c.req.arrayBuffer(), signal));
}

/** The value of a JSON body. Throws `TOO_LARGE`, `INVALID_JSON`, or the signal's reason. */
export async function readJson(c: Context, maxBytes: number, signal: AbortSignal): Promise<unknown> {
  const bytes = await readBytes(c, maxBytes, signal);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const what = error instanceof SyntaxError ? 'JSON' : 'UTF-8';
    throw new ApiError('INVALID_JSON', `The body is not ${what}: ${(error as Error).message}.`);
  }
}
