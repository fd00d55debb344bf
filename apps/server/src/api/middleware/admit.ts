import type { Context } from 'hono';
import type { Service } from '../../service.js';
import { ApiError, overloaded } from '../errors.js';

/**
 * Runs a request among the bounded number of those under way, with a signal that fires when its client goes away,
 * when its time is up, or when the server gives up.
 */
export async function admit<T>(
  service: Service,
  c: Context,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { maxConcurrentRequests, requestTimeout } = service.limits;
  if (service.active.size >= maxConcurrentRequests) {
    throw overloaded(`${maxConcurrentRequests} requests are being answered.`, service.retryAfter());
  }
  // Not AbortSignal.any: Node 20 keeps its sources' listeners for as long as the longest-lived of them.
  const controller = new AbortController();
  const client = c.req.raw.signal;
  const onGone = () => controller.abort(client.reason ?? new Error('The client went away.'));
  if (client.aborted) onGone();
  client.addEventListener('abort', onGone);
  const timer = setTimeout(() => {
    const message = `There was no answer within ${requestTimeout} ms.`;
    controller.abort(new ApiError('DEADLINE_EXCEEDED', message, { retryAfter: service.retryAfter() }));
  }, requestTimeout);
  service.active.add(controller);
  try {
    return await run(controller.signal);
  } catch (error) {
    // What gives up because of the signal throws in words of its own; the reason is what the client wants.
    if (!controller.signal.aborted || error instanceof ApiError) throw error;
    const { reason } = controller.signal;
    throw reason instanceof ApiError
      ? reason
      : new ApiError('CLIENT_CLOSED', 'The client closed the connection.', { cause: reason });
  } finally {
    clearTimeout(timer);
    client.removeEventListener('abort', onGone);
    service.active.delete(controller);
  }
}
