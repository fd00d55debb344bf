import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  float32ToBf16,
  float32ToF16,
  memorySource,
  openSafetensors,
  serializeSafetensors,
  type TensorData,
  type TensorDtype,
  type TensorToWrite,
  tensorDtypes,
} from '../../src/index.js';
import { openSafetensorsFile, writeSafetensors } from '../../src/node.js';
import { dtypeEntry } from '../../src/safetensors/dtypes.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Tensors = TensorToWrite<TensorData>[];
const f32 = (name: string, ...values: number[]): TensorToWrite<Float32Array> => ({
  name,
  dtype: 'F32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const reopen = (bytes: Uint8Array) => openSafetensors(memorySource(bytes, 'm'));

/** A tensor of any dtype, small shape and bits. */
const anyTensor = fc
  .tuple(fc.string(), fc.constantFrom(...tensorDtypes), fc.array(fc.nat(4), { maxLength: 3 }), fc.nat())
  .filter(([name]) => name !== '__metadata__')
  .map(([name, dtype, shape, seed]): TensorToWrite<TensorData> => {
    const length = shape.reduce((a, b) => a * b, 1);
    const { bytes, array } = dtypeEntry(dtype);
    const buffer = Uint8Array.from({ length: length * bytes }, (_, i) => (seed + i * 37) % 251).buffer;
    return { name, dtype, shape, data: new array(buffer, 0, length) };
  });
const anyTensors = fc.uniqueArray(anyTensor, { selector: ({ name }) => name, maxLength: 6 });
const anyMetadata = fc.dictionary(fc.string(), fc.string());

const bytesOf = (data: TensorData) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

describe('writing and reading back', () => {
  test('any tensors, in memory', async () => {
    await fc.assert(
      fc.asyncProperty(anyTensors, anyMetadata, async (tensors, metadata) => {
        const file = await reopen(serializeSafetensors(tensors, metadata));
        expect({ ...file.metadata }).toEqual({ ...metadata });
        expect([...file.names].sort()).toEqual(tensors.map(({ name }) => name).sort());
        for (const { name, dtype, shape, data } of tensors) {
          const found = await file.read(name);
          expect(found).toMatchObject({ name, dtype, shape });
          expect(found.data.constructor).toBe(data.constructor);
          expect(bytesOf(found.data)).toEqual(bytesOf(data));
        }
      }),
    );
  });

  test('a file has the same bytes as memory, and its tensors are made one at a time', async () => {
    const path = join(folder, 'a.safetensors');
    const tensors: Tensors = [
      f32('b', 1, 2),
      { name: 'a', dtype: 'I8', shape: [3], data: Int8Array.of(-1, 0, 1) },
      f32('a.b', 3),
    ];
    const asked: string[] = [];
    const lazy = tensors.map((tensor) => ({
      ...tensor,
      data: async () => {
        asked.push(tensor.name);
        return tensor.data;
      },
    }));
    await writeSafetensors(path, lazy, { step: '7' });
    expect(new Uint8Array(await readFile(path))).toEqual(serializeSafetensors(tensors, { step: '7' }));
    expect(asked).toEqual(['a.b', 'b', 'a']);
    const file = await openSafetensorsFile(path);
    expect([...(await file.readFloat32('b'))]).toEqual([1, 2]);
    expect(file.metadata).toEqual({ step: '7' });
    await file.close();
    await file.close();
    await expect(file.read('b')).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  test('views into larger buffers are written alone', async () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const file = await reopen(serializeSafetensors([{ name: 't', dtype: 'F32', shape: [2], data }]));
    expect([...(await file.readFloat32('t'))]).toEqual([1, 2]);
  });

  test('a source that gives unaligned bytes is read all the same', async () => {
    const bytes = serializeSafetensors([f32('t', 1.5, -2)]);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const file = await openSafetensors({
      name: 'shifted',
      size: bytes.length,
      read: async (offset, length) => shifted.subarray(1 + offset, 1 + offset + length),
    });
    expect([...(await file.readFloat32('t'))]).toEqual([1.5, -2]);
  });
});

describe('the layout', () => {
  test('is by alignment, then name; data starts at a multiple of 8; the header reads as the reference writes it', () => {
    const bytes = serializeSafetensors(
      [
        { name: 'flag', dtype: 'BOOL', shape: [1], data: Uint8Array.of(1) },
        f32('b', 1),
        f32('10', 2),
        { name: 'z', dtype: 'F64', shape: [1], data: Float64Array.of(3) },
        { name: 'h', dtype: 'F16', shape: [1], data: Uint16Array.of(0) },
        { name: 'i', dtype: 'I64', shape: [], data: BigInt64Array.of(4n) },
      ],
      { format: 'pt' },
    );
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd()).toBe(
      '{"__metadata__":{"format":"pt"},' +
        '"i":{"dtype":"I64","shape":[],"data_offsets":[0,8]},' +
        '"z":{"dtype":"F64","shape":[1],"data_offsets":[8,16]},' +
        '"10":{"dtype":"F32","shape":[1],"data_offsets":[16,20]},' +
        '"b":{"dtype":"F32","shape":[1],"data_offsets":[20,24]},' +
        '"h":{"dtype":"F16","shape":[1],"data_offsets":[24,26]},' +
        '"flag":{"dtype":"BOOL","shape":[1],"data_offsets":[26,27]}}',
    );
    expect(bytes.length).toBe(8 + length + 27);
  });

  test('does not depend on the order given', async () => {
    await fc.assert(
      fc.property(anyTensors, (tensors) => {
        expect(serializeSafetensors([...tensors].reverse())).toEqual(serializeSafetensors(tensors));
      }),
    );
  });
});

describe('what cannot be written is refused, and leaves no file', () => {
  const one = Float32Array.of(1);
  test.each<[string, Tensors, Record<string, string> | undefined]>([
    ['two of one name', [f32('a', 1), f32('a', 2)], undefined],
    ['the name of the metadata', [f32('__metadata__', 1)], undefined],
    ['a shape of another length', [{ name: 'a', dtype: 'F32', shape: [2], data: one }], undefined],
    ['a negative size', [{ name: 'a', dtype: 'F32', shape: [-1, -1], data: one }], undefined],
    ['an array of another type', [{ name: 'a', dtype: 'F64', shape: [1], data: one }], undefined],
    ['an unknown dtype', [{ name: 'a', dtype: 'F31' as TensorDtype, shape: [1], data: one }], undefined],
    [
      'a shape that overflows',
      [{ name: 'a', dtype: 'F32', shape: [2 ** 30, 2 ** 30], data: one }],
      undefined,
    ],
    ['metadata that is a number', [], { step: 7 as unknown as string }],
  ])('%s', async (_, tensors, metadata) => {
    const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
    expect(() => serializeSafetensors(tensors, metadata)).toThrow(refused);
    const path = join(folder, 'refused.safetensors');
    await expect(writeSafetensors(path, tensors, metadata)).rejects.toEqual(refused);
    expect((await readdir(folder)).filter((name) => name.includes('refused'))).toEqual([]);
  });
});

describe('readFloat32', () => {
  const values = [0, -0, 1, -1.5, 65504, 2 ** -24, Number.POSITIVE_INFINITY, Number.NaN];
  const source = Float32Array.from(values);
  const bytes = serializeSafetensors([
    { name: 'f64', dtype: 'F64', shape: [2, 4], data: Float64Array.from(values) },
    { name: 'f32', dtype: 'F32', shape: [2, 4], data: source },
    { name: 'f16', dtype: 'F16', shape: [2, 4], data: float32ToF16(source) },
    { name: 'bf16', dtype: 'BF16', shape: [2, 4], data: float32ToBf16(source) },
    { name: 'i32', dtype: 'I32', shape: [1], data: Int32Array.of(1) },
  ]);

  test.each(['f64', 'f32', 'f16'])('converts %s', async (name) => {
    expect(await (await reopen(bytes)).readFloat32(name, { shape: [2, 4] })).toEqual(source);
  });

  test('converts bf16, which rounds 65504 to 65536', async () => {
    const expected = source.slice();
    expected[4] = 65536;
    expect(await (await reopen(bytes)).readFloat32('bf16')).toEqual(expected);
  });

  test('refuses what is not there, not a float or of another shape', async () => {
    const file = await reopen(bytes);
    await expect(file.readFloat32('f8')).rejects.toMatchObject({
      code: 'TENSOR_MISSING',
      message: "m has no tensor 'f8'. It has 5: f64, f32, i32, bf16, f16.",
    });
    expect(() => file.info('f8')).toThrow(expect.objectContaining({ code: 'TENSOR_MISSING' }));
    await expect(file.readFloat32('i32')).rejects.toMatchObject({
      code: 'TENSOR_MISMATCH',
      message: "m: tensor 'i32' is I32; F64, F32, F16 or BF16 is needed.",
    });
    for (const shape of [[4, 2], [8], [2, 4, 1]]) {
      await expect(file.readFloat32('f32', { shape })).rejects.toMatchObject({
        code: 'TENSOR_MISMATCH',
        details: { tensor: 'f32', shape: [2, 4], expected: shape },
      });
    }
  });
});

describe('files on disk', () => {
  test('missing, a folder, and cut off', async () => {
    await expect(openSafetensorsFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(openSafetensorsFile(folder)).rejects.toMatchObject({ code: 'FILE_IO' });
    await expect(writeSafetensors(join(folder, 'none', 'a'), [])).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    const path = join(folder, 'cut.safetensors');
    await writeSafetensors(path, [f32('t', 1, 2, 3)]);
    const opened = await openSafetensorsFile(path);
    const { length } = await readFile(path);
    await truncate(path, length - 1);
    await expect(opened.read('t')).rejects.toMatchObject({ code: 'FILE_CORRUPT' });
    await opened.close();
    await expect(openSafetensorsFile(path)).rejects.toMatchObject({ code: 'FILE_CORRUPT' });
  });
});
