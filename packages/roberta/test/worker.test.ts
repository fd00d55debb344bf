import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { referenceFactory } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { saveModelFolder } from '../src/node.js';
import { built, codeOf, tinyModel } from './helpers/tiny.js';

const run = promisify(execFile);
const model = tinyModel();
const faulty = (fault: string) => ({
  ...referenceFactory,
  module: new URL(`./backends/faulty.mjs?fault=${fault}`, import.meta.url).href,
});
const create = async (fault: string) =>
  (await built()).Session.create({ model, backend: faulty(fault), thread: 'worker' });

describe('a session in a worker', () => {
  it('is chosen when the factory names its module', async () => {
    const { Session } = await built();
    const session = await Session.create({ model, backend: referenceFactory });
    expect(session.info).toMatchObject({ thread: 'worker', backend: 'reference', threads: 1 });
    await session.dispose();
    const { module: _, ...nameless } = referenceFactory;
    const other = await Session.create({ model, backend: nameless });
    expect(other.info.thread).toBe('caller');
  });

  it('gives what the caller gives, to the bit, and leaves the weights as they were', async () => {
    const { Session } = await built();
    const before = [...model.weights].map(([name, data]) => [name, data.slice()]);
    const sequences = [
      [0, 7, 4, 9, 2],
      [0, 30, 4, 2],
    ];
    const results = [];
    for (const thread of ['caller', 'worker'] as const) {
      const session = await Session.create({ model, backend: referenceFactory, thread });
      results.push([await session.hiddenStates(sequences), await session.fillMask(sequences)]);
      await session.dispose();
    }
    expect(results[1]).toEqual(results[0]);
    expect([...model.weights]).toEqual(before);
  });

  it.each([
    ['exit-at-once', 'SESSION_FAILED', /exit code 4/],
    ['unavailable', 'BACKEND_UNAVAILABLE', /No such machine/],
    ['no-factory', 'BACKEND_INVALID', /default export/],
  ])('is not created when the backend has the fault %s', async (fault, code, message) => {
    const error = await codeOf(() => create(fault));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('is not created when its entry or the backend module is not there', async () => {
    const { Session } = await built();
    const missing = new URL('./not-here.mjs', import.meta.url).href;
    const entry = { model, backend: referenceFactory, workerUrl: missing };
    expect(await codeOf(() => Session.create(entry))).toMatchObject({ code: 'SESSION_FAILED' });
    const module = { model, backend: { ...referenceFactory, module: missing } };
    const error = await codeOf(() => Session.create(module));
    expect(error).toMatchObject({ code: 'SESSION_FAILED', message: expect.stringContaining('not-here') });
  });

  it.each(['exit', 'uncaught'])('rejects all that is pending when its thread dies (%s)', async (fault) => {
    const session = await create(fault);
    const pending = await Promise.all([1, 2, 3].map(() => codeOf(() => session.hiddenStates([[0, 4, 2]]))));
    // An uncaught error ends the thread a little after the first answer.
    const later = await codeOf(async () => {
      for (;;) await session.hiddenStates([[0, 4, 2]]);
    });
    expect(later).toMatchObject({ code: 'SESSION_FAILED' });
    if (fault === 'exit') expect(pending.map(({ code }) => code)).toEqual(Array(3).fill('SESSION_FAILED'));
    await session.dispose();
    expect(await codeOf(() => session.hiddenStates([[0]]))).toMatchObject({ code: 'DISPOSED' });
  });

  it('turns a bug of the backend into a coded error and lives on', async () => {
    const session = await create('throw-later');
    for (let i = 0; i < 2; i++) {
      const error = await codeOf(() => session.hiddenStates([[0, 4, 2]]));
      expect(error).toMatchObject({ code: 'SESSION_FAILED' });
      expect(error.message).toContain('a bug in this backend');
    }
    await session.dispose();
  });
});

describe('the built package in a process of its own', () => {
  const script = (load: string, folder: string) => `
    ${load}
    (async () => {
      const session = await Session.create({ model: ${JSON.stringify(folder)}, backend: referenceFactory });
      const [[mask]] = await session.fillMask([[0, 4, 2]], { topK: 1 });
      console.log(session.info.thread, mask.position);
    })();`;
  const loads = {
    module: `import { Session } from '@lookupffn/roberta'; import { referenceFactory } from '@lookupffn/core';`,
    commonjs: `const { Session } = require('@lookupffn/roberta'); const { referenceFactory } = require('@lookupffn/core');`,
  };

  // The session is never disposed: an idle worker must not keep its program running.
  it.each(Object.entries(loads))(
    'loads a folder as %s, answers from a worker and ends',
    async (type, load) => {
      const folder = await mkdtemp(join(tmpdir(), 'lookupffn-'));
      try {
        await saveModelFolder(folder, model);
        const { stdout } = await run(
          process.execPath,
          [`--input-type=${type}`, '--eval', script(load, folder)],
          { cwd: new URL('..', import.meta.url).pathname, timeout: 60_000 },
        );
        expect(stdout.trim()).toBe('worker 1');
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  it('ends after dispose while something is computed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lookupffn-'));
    try {
      await saveModelFolder(folder, model);
      const script = `
        ${loads.module}
        const session = await Session.create({ model: ${JSON.stringify(folder)}, backend: referenceFactory });
        const asked = session.hiddenStates(Array.from({ length: 500 }, () => [0, 4, 2])).catch(({ code }) => code);
        await session.dispose();
        console.log(await asked);`;
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: new URL('..', import.meta.url).pathname,
        timeout: 60_000,
      });
      expect(stdout.trim()).toBe('DISPOSED');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
