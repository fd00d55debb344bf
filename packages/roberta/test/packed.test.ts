import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendFactory, Random, referenceFactory } from '@lookupffn/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Session } from '../src/index.js';
import { packModel, saveModelFolder, verifyPackedFile } from '../src/node.js';
import { built, codeOf, lookup, tinyModel } from './helpers/tiny.js';

const folder = mkdtempSync(join(tmpdir(), 'lookupffn-packed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const url = new URL('./backends/packing.mjs', import.meta.url).href;
const factory = async (layout = 'plain'): Promise<BackendFactory> =>
  (await import(url)).packingFactory(layout);

const model = tinyModel({ ffn: { ...lookup, skip: true, temperature: true, layers: [1], outputRank: 7 } });
const sequences = [
  [0, 7, 4, 9, 2],
  [0, 30, 4, 2],
];
let path: string;
let whole: Uint8Array;
let expected: unknown;

beforeAll(async () => {
  await saveModelFolder(folder, model);
  const made = await packModel(folder, { backend: await (await factory()).create() });
  path = made.path;
  whole = readFileSync(path);
  expect(made).toMatchObject({ path: join(folder, 'model.lffn'), bytes: whole.length, layout: 'plain' });
  const session = await Session.create({ model, backend: referenceFactory });
  expected = await session.fillMask(sequences);
  await session.dispose();
});

describe('a packed model', () => {
  it.each(['caller', 'worker'] as const)('gives on %s what its folder gives', async (thread) => {
    const { Session: Built } = thread === 'worker' ? await built() : { Session };
    const session = await Built.create({ model: path, backend: await factory(), thread, verify: true });
    expect(session.info.notes).toEqual([]);
    expect(await session.fillMask(sequences)).toEqual(expected);
    const { embeddings, dense, projection, tables, other, scratch, total, mapped } = await session.memory();
    expect(embeddings).toBe(4 * 12 * (40 + 14 + 1));
    expect(dense).toBeGreaterThan(4 * 12 * 40);
    expect(other).toBeGreaterThan(4 * 5 * 16 * 12);
    expect(embeddings + dense + projection + tables + other + scratch).toBe(total);
    expect(total - scratch).toBe(session.info.bytes);
    expect(mapped).toBe(0);
    await session.dispose();
    expect(await codeOf(() => session.memory())).toMatchObject({ code: 'DISPOSED' });
  });

  it('of another layout is prepared from its checkpoint, and says so', async () => {
    for (const backend of [await factory('other'), referenceFactory]) {
      const session = await Session.create({ model: path, backend, thread: 'caller' });
      expect(session.info.notes[0]).toMatch(/is packed for plain; here runs .*lookupffn pack/);
      expect(await session.fillMask(sequences)).toEqual(expected);
      await session.dispose();
    }
  });

  it("says what a look-up's affine path is kept as: what dense weights are", async () => {
    const other = join(folder, 'int8.lffn');
    await packModel(folder, { backend: await (await factory()).create(), linearDtype: 'int8', path: other });
    const { sections } = await verifyPackedFile(other);
    expect(sections.find(({ kind }) => kind === 'lookup')).toMatchObject({ skipDtype: 'int8' });
    const adopted: unknown[] = [];
    const backend = await (await factory()).create();
    const adopt = { ...backend.adopt! };
    const watched = {
      ...backend,
      adopt: {
        ...adopt,
        lookupFfn(...call: Parameters<typeof adopt.lookupFfn>) {
          adopted.push(call[2].skipDtype);
          return adopt.lookupFfn(...call);
        },
      },
    };
    const session = await Session.create({ model: other, backend: watched, thread: 'caller' });
    expect(adopted).toEqual(['int8']);
    await session.dispose();
  });

  it('is refused with other precision, from another folder, and by a backend that cannot save', async () => {
    const backend = await factory();
    const open = (options: object) => () =>
      Session.create({ model: path, backend, thread: 'caller', ...options });
    expect(await codeOf(open({ tableDtype: 'int8' }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await codeOf(open({ model: join(folder, 'none.lffn') }))).toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    const elsewhere = { backend: await backend.create(), path: join(tmpdir(), 'x.lffn') };
    expect(await codeOf(() => packModel(folder, elsewhere))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    const plain = await referenceFactory.create();
    expect(await codeOf(() => packModel(folder, { backend: plain }))).toMatchObject({
      code: 'BACKEND_INVALID',
    });
  });
});

describe('a packed file that is not whole', () => {
  const damaged = join(folder, 'damaged.lffn');
  const open = async (bytes: Uint8Array, verify: boolean) => {
    writeFileSync(damaged, bytes);
    return codeOf(async () => {
      const session = await Session.create({
        model: damaged,
        backend: await factory(),
        thread: 'caller',
        verify,
      });
      await session.dispose();
    });
  };

  it('is refused when cut short anywhere, or longer', async () => {
    for (const length of [0, 5, 23, 24, 300, 5000, whole.length - 1]) {
      expect(await open(whole.subarray(0, length), false), `${length} bytes`).toMatchObject({
        code: 'FILE_CORRUPT',
      });
    }
    expect(await open(Buffer.concat([whole, Buffer.alloc(1)]), false)).toMatchObject({
      code: 'FILE_CORRUPT',
    });
  });

  it('is refused when of another version or another kind', async () => {
    const other = whole.slice();
    other[8] = 2;
    expect(await open(other, false)).toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining('format 2; this release reads 1'),
    });
    const text = readFileSync(join(folder, 'config.json'));
    expect(await open(text, false)).toMatchObject({ code: 'FILE_CORRUPT' });
  });

  it('is refused when any byte of it is altered: in the header at once, elsewhere when verified', async () => {
    const random = new Random(3);
    const headerBytes = 24 + new DataView(whole.buffer, whole.byteOffset).getUint32(12, true);
    const { sections } = await verifyPackedFile(path);
    const places = [
      ...Array.from({ length: 20 }, () => [random.below(headerBytes), false] as const),
      ...sections.map(({ offset, bytes }) => [offset + random.below(bytes), true] as const),
    ].filter(([at]) => at < 20 || at >= 24);
    for (const [at, verify] of places) {
      const altered = whole.slice();
      altered[at]! ^= 1 << random.below(8);
      expect(await open(altered, verify), `byte ${at}`).toMatchObject({ code: 'FILE_CORRUPT' });
    }
  });

  it('leaves the old file when it cannot be written', async () => {
    const bad = { config: model.config, weights: new Map() };
    expect((await codeOf(() => saveModelFolder(folder, bad as never))).code).toBe('TENSOR_MISSING');
    expect(await verifyPackedFile(path)).toBeTruthy();
  });
});
