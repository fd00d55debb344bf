import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLookupFfnError, type LookupFfnError, memorySource, openSafetensors } from '../../src/index.js';

/** A file of any header text and so many bytes of data. */
function fileOf(header: string | Uint8Array, dataBytes: number, claimed?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const open = (bytes: Uint8Array) => openSafetensors(memorySource(bytes, 'x.safetensors'));

async function refusal(bytes: Uint8Array): Promise<LookupFfnError> {
  const error = await open(bytes).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(isLookupFfnError(error)).toBe(true);
  return error;
}

const f32 = (shape: unknown, begin: unknown, end: unknown) =>
  JSON.stringify({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('a sound header', () => {
  test('with metadata, scalars, empty tensors and padding', async () => {
    const file = await open(
      fileOf(
        `{"b":${f32([2], 8, 16)},"__metadata__":{"k":"v"},"a":${f32([], 4, 8)},"0":${f32([1, 1], 0, 4)},"e":${f32([3, 0], 16, 16)}}   `,
        16,
      ),
    );
    expect(file.names).toEqual(['0', 'a', 'b', 'e']);
    expect(file.metadata).toEqual({ k: 'v' });
    expect(file.info('a')).toEqual({ dtype: 'F32', shape: [] });
    expect((await file.read('e')).data).toHaveLength(0);
  });

  test('without a tensor', async () => {
    expect((await open(fileOf('{}', 0))).names).toEqual([]);
  });

  test('with a name that objects have already', async () => {
    const file = await open(fileOf(`{"__proto__":${f32([1], 0, 4)},"toString":${f32([1], 4, 8)}}`, 8));
    expect(file.names).toEqual(['__proto__', 'toString']);
    expect(file.has('constructor')).toBe(false);
  });
});

const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

describe('a broken header is refused, naming the file', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /0 bytes/],
    ['7 bytes', new Uint8Array(7), /7 bytes/],
    ['a length past the file', fileOf('{}', 0, 3n), /claims 3 bytes, but only 2 follow/],
    ['a length past the limit', fileOf('{}', 0, 100_000_001n), /claims 100000001 bytes; the format allows/],
    ['a length past 2^53', fileOf('{}', 0, 2n ** 64n - 1n), /claims 18446744073709551615/],
    ['no JSON', fileOf('{"a"', 0), /not JSON/],
    ['bytes that are not UTF-8', fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 0), /not JSON/],
    ['a byte order mark', fileOf('\ufeff{}', 0), /not JSON/],
    ['a list', fileOf('[]', 0), /not a JSON object/],
    ['null', fileOf('null', 0), /not a JSON object/],
    ['metadata that is a list', fileOf('{"__metadata__":[]}', 0), /__metadata__ is not an object/],
    [
      'metadata with a number',
      fileOf('{"__metadata__":{"step":1}}', 0),
      /__metadata__\.step is not a string/,
    ],
    ['metadata twice', fileOf('{"__metadata__":{},"__metadata__":{}}', 0), /'__metadata__' twice/],
    ['a key twice in metadata', fileOf('{"__metadata__":{"k":"a","k":"b"}}', 0), /'k' twice/],
    ['bytes after the last tensor', fileOf(`{"a":${f32([1], 0, 4)}}`, 5), /1 bytes after the last/],
    ['data without a tensor', fileOf('{}', 3), /3 bytes after the last/],
  ])('%s', async (_, bytes, message) => {
    const error = await refusal(bytes);
    expect(error).toMatchObject({ code: 'FILE_CORRUPT', details: { file: 'x.safetensors' } });
    expect(error.message).toMatch(/^x\.safetensors is not a sound/);
    expect(error.message).toMatch(message);
  });
});

test('a Git LFS pointer is refused with what to do', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 90868376\n`;
  const error = await refusal(new TextEncoder().encode(pointer));
  expect(error).toMatchObject({ code: 'FILE_CORRUPT', details: { file: 'x.safetensors' } });
  expect(error.message).toMatch(/^x\.safetensors is only a Git LFS pointer.*`git lfs pull`/);
});

describe('a broken tensor is refused, naming it', () => {
  test.each<[string, string, number, RegExp]>([
    ['no object', '"t":7', 0, /not described by an object/],
    ['a list', '"t":[]', 0, /not described by an object/],
    [
      'an unknown dtype',
      '"t":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}',
      4,
      /unknown dtype "F31"; known: BOOL/,
    ],
    ['no dtype', '"t":{"shape":[1],"data_offsets":[0,4]}', 4, /unknown dtype undefined/],
    [
      'a dtype nested past any stack',
      `"t":{"dtype":${nested},"shape":[1],"data_offsets":[0,4]}`,
      4,
      /unknown dtype/,
    ],
    [
      'a dtype that every object has',
      '"t":{"dtype":"toString","shape":[1],"data_offsets":[0,4]}',
      4,
      /unknown dtype/,
    ],
    ['a negative size', `"t":${f32([-1], 0, 4)}`, 4, /shape \[-1\]/],
    ['half a size', `"t":${f32([0.5, 2], 0, 4)}`, 4, /shape \[0\.5,2\]/],
    ['a text as size', `"t":${f32(['1'], 0, 4)}`, 4, /shape \["1"\]/],
    ['no shape', '"t":{"dtype":"F32","data_offsets":[0,4]}', 4, /shape undefined/],
    ['a shape that overflows', `"t":${f32([2 ** 40, 2 ** 40], 0, 4)}`, 4, /overflows/],
    ['a shape whose bytes overflow', `"t":${f32([2 ** 52], 0, 4)}`, 4, /overflows/],
    ['a size past 2^53', `"t":${f32([2 ** 60], 0, 4)}`, 4, /shape \[1152921504606847000\]/],
    ['three offsets', '"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}', 4, /data_offsets \[0,4,8\]/],
    ['no offsets', '"t":{"dtype":"F32","shape":[1]}', 4, /data_offsets undefined/],
    ['a negative offset', `"t":${f32([1], -4, 0)}`, 4, /data_offsets/],
    ['half an offset', `"t":${f32([1], 0.5, 4)}`, 4, /data_offsets/],
    ['offsets that fall', `"t":${f32([1], 4, 0)}`, 4, /bytes 4 to 0/],
    ['offsets past the data', `"t":${f32([2], 0, 8)}`, 4, /bytes 0 to 8, outside of the 4/],
    [
      'fewer bytes than its shape',
      `"t":${f32([2], 0, 4)}`,
      4,
      /holds 4 bytes, but F32 of shape \[2\] needs 8/,
    ],
    ['more bytes than its shape', `"t":${f32([], 0, 8)}`, 8, /holds 8 bytes/],
    ['a name given twice', `"t":${f32([1], 0, 4)},"t":${f32([1], 0, 4)}`, 4, /'t' twice/],
    ['a name given twice, once escaped', `"t":${f32([1], 0, 4)},"\\u0074":${f32([1], 4, 8)}`, 8, /'t' twice/],
    [
      'a key of its own twice',
      '"t":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}',
      4,
      /'shape' twice/,
    ],
    ['overlap', `"s":${f32([2], 0, 8)},"t":${f32([1], 4, 8)}`, 8, /'s' and 't' overlap/],
    ['the same place', `"s":${f32([1], 0, 4)},"t":${f32([1], 0, 4)}`, 4, /'s' and 't' overlap/],
    ['a hole before it', `"t":${f32([1], 4, 8)}`, 8, /4 bytes before tensor 't' belong to none/],
  ])('%s', async (_, entries, dataBytes, message) => {
    const error = await refusal(fileOf(`{${entries}}`, dataBytes));
    expect(error.code).toBe('FILE_CORRUPT');
    expect(error.message).toMatch(message);
  });
});

describe('whatever the bytes are, only coded errors come', () => {
  const opensOrRefuses = async (bytes: Uint8Array) => {
    try {
      const file = await open(bytes);
      for (const name of file.names) await file.read(name);
    } catch (error) {
      if (!isLookupFfnError(error)) throw error;
      expect(error.code).toBe('FILE_CORRUPT');
    }
  };

  test('random bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), opensOrRefuses), { numRuns: 500 });
  });

  test('any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.nat(32), (text, data) => opensOrRefuses(fileOf(text, data))),
      { numRuns: 1000 },
    );
  });

  test('headers that are nearly right', async () => {
    const number = fc.oneof(
      fc.integer({ min: -1, max: 20 }),
      fc.double(),
      fc.constantFrom(2 ** 31, 2 ** 53, 1e308),
    );
    const tensor = fc.record(
      {
        dtype: fc.constantFrom('F32', 'F16', 'BOOL', 'I64', 'F7', '', null, 3),
        shape: fc.oneof(fc.array(number, { maxLength: 3 }), fc.constantFrom(null, 'x', {})),
        data_offsets: fc.oneof(fc.tuple(number, number), fc.array(number), fc.constant(null)),
      },
      { requiredKeys: [] },
    );
    const header = fc.dictionary(
      fc.oneof(fc.string(), fc.constant('__metadata__')),
      fc.oneof(tensor, fc.jsonValue()),
    );
    await fc.assert(
      fc.asyncProperty(header, fc.nat(40), (value, data) =>
        opensOrRefuses(fileOf(JSON.stringify(value), data)),
      ),
      { numRuns: 1000 },
    );
  });

  test('a sound file with one byte changed or cut short anywhere', async () => {
    const sound = fileOf(`{"__metadata__":{"k":"v"},"a":${f32([2, 1], 0, 8)},"b":${f32([], 8, 12)}}`, 12);
    await open(sound);
    for (let length = 0; length < sound.length; length++) {
      expect((await refusal(sound.slice(0, length))).code).toBe('FILE_CORRUPT');
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(sound.length - 1), fc.nat(255), async (at, value) => {
        const changed = sound.slice();
        changed[at] = value;
        await opensOrRefuses(changed);
      }),
      { numRuns: 1000 },
    );
  });
});
