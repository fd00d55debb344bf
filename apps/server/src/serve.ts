import type { Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { serve as serveNode } from '@hono/node-server';
import { LookupFfnError } from '@lookupffn/core';
import { appOf } from './api/app.js';
import { Service, type ServiceOptions } from './service.js';

export interface ServeOptions extends ServiceOptions {
  /** Default 127.0.0.1: nobody else reaches it unless asked for. */
  readonly host?: string;
  /** Default 3000; 0 takes a free one. */
  readonly port?: number;
  /** Milliseconds that requests under way are given to end when the server closes; default 30,000. */
  readonly drainTimeout?: number;
}

export interface RunningServer {
  readonly url: string;
  /**
   * Takes no more connections and resolves when the requests under way are answered, or, after the drain timeout,
   * refused with 503. Resolves with whether all were answered.
   */
  close(): Promise<boolean>;
}

/** Longer than a balancer keeps idle connections (nginx: 60 s), so that it is never the one that finds them closed. */
const keepAliveTimeout = 75_000;

/** Milliseconds in which a request may still come on a connection that looks idle: it was on its way. */
const grace = 200;

async function drain(service: Service, server: Server, timeout: number): Promise<boolean> {
  service.draining = true;
  let answered = true;
  const timer = setTimeout(() => {
    answered = false;
    service.abandon();
    // The refusals are on their way; what is still open a second later has no reader.
    setTimeout(() => server.closeAllConnections(), 1000).unref();
  }, timeout);
  // Not server.close: that would at once cut off idle connections, and under load the next request is nearly always
  // on its way on some of them. This only stops listening; answers from now on tell clients to close.
  const closed = new Promise<void>((done) => NetServer.prototype.close.call(server, () => done()));
  const sweep = setInterval(() => server.closeIdleConnections(), grace);
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
  // Ends what http keeps beside the socket.
  server.close();
  return answered;
}

/** Serves models over HTTP. Rejects with `INVALID_ARGUMENT` when the address is taken or not ours to use. */
export function serve(options: ServeOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 3000, drainTimeout = 30_000 } = options;
  const service = new Service(options);
  const app = appOf(service, options);
  const { requestTimeout } = service.limits;
  return new Promise((resolve, reject) => {
    const serverOptions = {
      keepAliveTimeout,
      headersTimeout: Math.min(requestTimeout, 20_000),
      // The deadline answers slow bodies; this ends connections whose client does not read that answer.
      requestTimeout: requestTimeout + 5000,
      connectionsCheckingInterval: 5000,
    };
    const listening = (address: AddressInfo) => {
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      const url = `http://${name}:${address.port}/`;
      let closed: Promise<boolean> | undefined;
      const close = () => {
        closed ??= drain(service, server, drainTimeout);
        return closed;
      };
      service.log.info('listening', { url, models: service.models.map(({ info }) => info.name) });
      resolve({ url, close });
    };
    const server = serveNode({ fetch: app.fetch, hostname: host, port, serverOptions }, listening) as Server;
    server.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'it is in use; choose another --port' : error.message;
      reject(
        new LookupFfnError('INVALID_ARGUMENT', `Cannot listen on ${host}:${port}: ${reason}.`, {
          host,
          port,
        }),
      );
    });
  });
}
