import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LookupFfnError } from '../../src/index.js';
import {
  fileError,
  readJsonFile,
  readTextFile,
  replaceFile,
  writeJsonFile,
  writeTextFile,
} from '../../src/node.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const code = (expected: string, text = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(text) });

describe('replaceFile', () => {
  test('writes a new file and replaces an old one, leaving nothing else', async () => {
    const path = join(folder, 'a.txt');
    await writeTextFile(path, 'one');
    await writeTextFile(path, 'two');
    expect(await readTextFile(path)).toBe('two');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  test('until the end readers see the old file; a failure keeps it', async () => {
    const path = join(folder, 'a.txt');
    await writeTextFile(path, 'old');
    const broken = replaceFile(path, async (handle) => {
      await handle.writeFile('half of the n');
      expect(await readTextFile(path)).toBe('old');
      throw new RangeError('the writer failed');
    });
    await expect(broken).rejects.toThrow(new RangeError('the writer failed'));
    expect(await readTextFile(path)).toBe('old');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  test('two writers at once leave one whole file', async () => {
    const path = join(folder, 'a.txt');
    const texts = ['x', 'y', 'z'].map((letter) => letter.repeat(100_000));
    await Promise.all(texts.map((text) => writeTextFile(path, text)));
    expect(texts).toContain(await readTextFile(path));
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  test('goes through a link to its file', async () => {
    await writeTextFile(join(folder, 'real.txt'), 'old');
    await symlink('real.txt', join(folder, 'link.txt'));
    await writeTextFile(join(folder, 'link.txt'), 'new');
    expect(await readTextFile(join(folder, 'real.txt'))).toBe('new');
    expect((await readdir(folder)).sort()).toEqual(['link.txt', 'real.txt']);
  });

  test('writes into a device instead of replacing it', async () => {
    await writeTextFile('/dev/null', 'gone');
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  test('says what is wrong with a path', async () => {
    await writeTextFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'sub'));
    const write = (...path: string[]) => writeTextFile(join(folder, ...path), '');
    await expect(write('none', 'a')).rejects.toEqual(code('FILE_NOT_FOUND', /none\/a: it does not exist/));
    await expect(write('sub')).rejects.toEqual(code('FILE_IO', /sub: it is a folder/));
    await expect(write('file', 'a')).rejects.toEqual(code('FILE_IO', /a part of the path is a file/));
    await expect(write('a'.repeat(300))).rejects.toEqual(code('FILE_IO', /name is too long/));
    expect((await readdir(folder)).sort()).toEqual(['file', 'sub']);
  });

  test.skipIf(process.getuid?.() === 0)('says when it may not', async () => {
    await chmod(folder, 0o500);
    const writing = writeTextFile(join(folder, 'a'), '');
    await expect(writing)
      .rejects.toEqual(code('FILE_IO', /permission denied/))
      .finally(() => chmod(folder, 0o700));
  });

  test('a full disk', async () => {
    // /dev/full exists on Linux for this; elsewhere the mapping below is all that can be tested.
    const full = await stat('/dev/full').catch(() => undefined);
    if (full) await expect(writeTextFile('/dev/full', 'x')).rejects.toEqual(code('FILE_IO', /disk is full/));
    expect(fileError(Object.assign(new Error('x'), { code: 'ENOSPC' }), 'p', 'write')).toEqual(
      code('FILE_IO', /disk is full/),
    );
  });
});

describe('JSON files', () => {
  test('come back as they went', async () => {
    const path = join(folder, 'a.json');
    const value = { b: [1, 2.5, null], a: 'ü' };
    await writeJsonFile(path, value);
    expect(await readJsonFile(path)).toEqual(value);
    expect(await readFile(path, 'utf8')).toMatch(/^\{\n {2}"b": \[\n[\s\S]*\}\n$/);
  });

  test('refuse what is not JSON', async () => {
    const path = join(folder, 'a.json');
    await expect(writeJsonFile(path, undefined)).rejects.toEqual(code('INVALID_ARGUMENT', /a\.json/));
    await writeFile(path, '{"a": ');
    await expect(readJsonFile(path)).rejects.toEqual(code('FILE_CORRUPT', /a\.json is not JSON/));
    await writeFile(path, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n');
    await expect(readJsonFile(path)).rejects.toEqual(code('FILE_CORRUPT', /Git LFS pointer.*git lfs pull/));
    await expect(readJsonFile(join(folder, 'b.json'))).rejects.toEqual(code('FILE_NOT_FOUND'));
    await expect(readTextFile(folder)).rejects.toEqual(code('FILE_IO', /read .*it is a folder/));
  });
});

describe('fileError', () => {
  test.each([
    ['ENOENT', 'FILE_NOT_FOUND'],
    ['EACCES', 'FILE_IO'],
    ['EROFS', 'FILE_IO'],
    ['EDQUOT', 'FILE_IO'],
    ['EMFILE', 'FILE_IO'],
    ['ESTALE', 'FILE_IO'],
  ])('%s is %s', (systemCode, expected) => {
    const cause = Object.assign(new Error('some text'), { code: systemCode });
    const error = fileError(cause, 'a/b', 'write') as LookupFfnError;
    expect(error).toEqual(code(expected, /^Could not write a\/b: /));
    expect(error).toMatchObject({ details: { path: 'a/b', systemCode }, cause });
  });

  test('leaves alone what is not a refusal of the system', () => {
    const bug = new TypeError('x is not a function');
    expect(fileError(bug, 'p', 'read')).toBe(bug);
    const ours = new LookupFfnError('ABORTED', 'stopped');
    expect(fileError(ours, 'p', 'read')).toBe(ours);
    const node = Object.assign(new TypeError('bad'), { code: 'ERR_INVALID_ARG_TYPE' });
    expect(fileError(node, 'p', 'read')).toBe(node);
  });
});
