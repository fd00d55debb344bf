import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { addonFile as file, isas } from './backends.js';

/** Multiplies over and over on two pool threads, and answers a checksum. */
const work = `
  const { workerData, parentPort } = require('node:worker_threads');
  const addon = require(workerData.file);
  const { ops, prepare } = addon.create(workerData.isa, 2);
  const rows = 200, d = 160;
  const x = Float32Array.from({ length: rows * d }, (_, i) => Math.sin(i));
  const w = Float32Array.from({ length: d * d }, (_, i) => Math.cos(i * 3));
  const y = new Float32Array(rows * d), z = new Float32Array(rows * d);
  const prepared = prepare.linear(d, d, true, false, w, null);
  let sum = 0;
  for (let i = 0; i < 30; i++) {
    ops.linear(rows, d, d, x, w, null, y);
    prepared.forward(rows, x, z);
    for (let j = 0; j < y.length; j += 97) sum += y[j] + z[j];
  }
  prepared.dispose();
  parentPort.postMessage(sum);
`;

function inWorker(isa: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(work, { eval: true, workerData: { file, isa } });
    worker.on('message', resolve);
    worker.on('error', reject);
  });
}

describe('worker threads', () => {
  it('may use the pool at the same time, with the results each would get alone', async () => {
    const alone = await inWorker(isas[0]!);
    const together = await Promise.all(Array.from({ length: 5 }, () => inWorker(isas[0]!)));
    expect(together).toEqual(Array.from({ length: 5 }, () => alone));
  });

  it('may load the addon when the main thread never does, and end before the process', () => {
    const program = `
      const { Worker } = require('node:worker_threads');
      const work = ${JSON.stringify(work)};
      const workerData = ${JSON.stringify({ file, isa: isas[0] })};
      const once = () => new Promise((resolve, reject) => {
        const worker = new Worker(work, { eval: true, workerData });
        worker.on('error', reject);
        worker.on('exit', resolve);
      });
      (async () => {
        for (let i = 0; i < 3; i++) await once();
        await new Promise((resolve) => setTimeout(resolve, 50));
        console.log('alive');
      })();
    `;
    const result = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
    expect({ status: result.status, signal: result.signal, output: result.stdout.trim() }).toEqual({
      status: 0,
      signal: null,
      output: 'alive',
    });
  });
});
