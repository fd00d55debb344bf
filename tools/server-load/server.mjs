// `lookupffn serve` as a process of its own, and what it says of itself.
import { spawn } from 'node:child_process';
import { lookupffn } from './mini-model.mjs';

/** Starts it on a free port of 127.0.0.1; resolves when it listens. */
export async function startServer(args) {
  const child = spawn(
    process.execPath,
    [lookupffn, 'serve', '--port', '0', '--json', '--log-level', 'warn', ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  // A run that is stopped takes its server with it.
  process.once('exit', () => child.kill('SIGKILL'));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more) => {
      text += more;
      try {
        resolve(JSON.parse(text).url);
      } catch {
        // There is more to come.
      }
    });
    child.once('error', reject);
    ended.then(({ code }) => reject(new Error(`the server ended with code ${code}`)));
  });
  return {
    url,
    ended,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    metrics: () => readMetrics(url),
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** A sample of Prometheus by name, summed over labels. */
async function readMetrics(url) {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const time = performance.now();
  const values = new Map();
  for (const [, name, value] of text.matchAll(/^(\w+)(?:\{[^}]*\})? (\S+)$/gm))
    values.set(name, (values.get(name) ?? 0) + Number(value));
  return { time, get: (name) => values.get(name) ?? 0 };
}
