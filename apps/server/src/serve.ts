import type { AddressInfo } from 'node:net';
import { serve as serveNode } from '@hono/node-server';
import { LookupFfnError } from '@lookupffn/core';
import { type AppOptions, createApp } from './api/app.js';

export interface ServeOptions extends AppOptions {
  /** Default 127.0.0.1: nobody else reaches it unless asked for. */
  readonly host?: string;
  /** Default 3000; 0 takes a free one. */
  readonly port?: number;
}

export interface RunningServer {
  readonly url: string;
  /** Takes no more requests and resolves when those under way are answered. */
  close(): Promise<void>;
}

/** Serves models over HTTP. Rejects with `INVALID_ARGUMENT` when the address is taken or not ours to use. */
export function serve({ host = '127.0.0.1', port = 3000, ...options }: ServeOptions): Promise<RunningServer> {
  const app = createApp(options);
  return new Promise((resolve, reject) => {
    const server = serveNode({ fetch: app.fetch, hostname: host, port }, (address: AddressInfo) => {
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      resolve({
        url: `http://${name}:${address.port}/`,
        close: () => new Promise((done, failed) => server.close((error) => (error ? failed(error) : done()))),
      });
    });
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
