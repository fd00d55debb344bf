import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { Service } from '../../service.js';
import { turn } from '../../turn.js';

declare module 'hono' {
  interface ContextVariableMap {
    /** The pattern of the route, for metrics. */
    route: string;
    requestId: string;
    /** The code of the refusal, if it was one. */
    refusal: string;
  }
}

const requestHeader = 'x-request-id';
const plainId = /^[\w.:-]{1,128}$/;

/** Gives each request an id, and counts, times and logs it. */
export function observe(service: Service): MiddlewareHandler {
  const { metrics, log } = service;
  return async (c, next) => {
    const start = performance.now();
    const given = c.req.header(requestHeader);
    // A balancer's id is kept, so that its log and ours tell one story; what could break a log is not.
    const id = given !== undefined && plainId.test(given) ? given : randomUUID();
    c.set('requestId', id);
    await turn();
    await next();
    // Not c.header: after the handler it makes the answer anew, as a stream, which costs more than all else here.
    const { headers } = c.res;
    headers.set(requestHeader, id);
    // The balancer must not send the next request here.
    if (service.draining) headers.set('connection', 'close');
    const route = c.get('route') ?? 'other';
    const { method } = c.req;
    const { status } = c.res;
    const seconds = (performance.now() - start) / 1000;
    metrics.request({ route, method, status, seconds });
    const fields = { id, method, route, status, milliseconds: Math.round(seconds * 1e5) / 100 };
    const refusal = c.get('refusal');
    log.info('request', refusal === undefined ? fields : { ...fields, refusal });
  };
}
