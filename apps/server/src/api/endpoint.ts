import type { Context } from 'hono';
import type * as v from 'valibot';
import type { QueuedModel, Service } from '../service.js';
import type { Dialect, RefusalCode } from './errors.js';

export type Schema = v.GenericSchema<unknown, unknown>;

/** What is known of a request beside its body. */
export interface Call {
  readonly service: Service;
  readonly context: Context;
  /** Fires when the client goes away, the deadline passes or the server gives up. */
  readonly signal: AbortSignal;
  /** The model that the URL or a header names, else the first. */
  model(): QueuedModel;
}

/** One route: what it takes and gives. The same object answers requests and writes the documentation. */
export interface Endpoint {
  readonly method: 'get' | 'post';
  /** With `{name}` for a parameter, as OpenAPI writes it. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly dialect: Dialect;
  /** Whether a request may name its model in `?model=` or `X-Model`. */
  readonly choosesModel?: boolean;
  /** Whether it is answered without an API key and beyond the bound on requests. */
  readonly open?: boolean;
  readonly request?: Schema;
  /** The schema of the answer, or the type of one that is no JSON. */
  readonly response: Schema | string;
  /** Refusals of its own, beside those that every route of its kind has. */
  readonly refuses?: readonly RefusalCode[];
  readonly handle: (call: Call, body: unknown) => Promise<Response> | Response;
}

/** Ties the body's type to its schema; the list of endpoints then forgets it. */
export function post<S extends Schema>(
  endpoint: Omit<Endpoint, 'method' | 'request' | 'handle'> & {
    readonly request: S;
    readonly handle: (call: Call, body: v.InferOutput<S>) => Promise<Response> | Response;
  },
): Endpoint {
  return {
    ...endpoint,
    method: 'post',
    handle: (call, body) => endpoint.handle(call, body as v.InferOutput<S>),
  };
}

export function get(endpoint: Omit<Endpoint, 'method' | 'request'>): Endpoint {
  return { ...endpoint, method: 'get' };
}
