import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { registerBackend, resolveBackend } from '@lookupffn/core';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const page = new URL('../../../docs/write-a-backend.md', import.meta.url);
const here = fileURLToPath(new URL('.', import.meta.url));

/** The page's code blocks that carry a file name, by that name. */
function namedBlocks(markdown: string): Map<string, string> {
  const blocks = markdown.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, name, code]) => [name!, code!]));
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  skipLibCheck: true,
  noUnusedLocals: true,
  types: [],
};

describe('the example of docs/write-a-backend.md', () => {
  let folder: string;
  let files: string[];

  // Inside this package, so that its imports resolve as a third party's would.
  beforeAll(async () => {
    folder = await mkdtemp(join(here, '.write-a-backend-'));
    files = [];
    for (const [name, code] of namedBlocks(await readFile(page, 'utf8'))) {
      const file = join(folder, name);
      await writeFile(file, code);
      files.push(file);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('compiles as it stands, and passes the conformance kit', async () => {
    expect(files.map((file) => file.slice(folder.length + 1))).toEqual([
      'example-backend.ts',
      'example-backend.test.ts',
    ]);
    const program = ts.createProgram(files, options);
    const result = program.emit();
    const complaints = [...ts.getPreEmitDiagnostics(program), ...result.diagnostics];
    expect(
      ts.formatDiagnostics(complaints, {
        getCanonicalFileName: (f) => f,
        getCurrentDirectory: () => folder,
        getNewLine: () => '\n',
      }),
    ).toBe('');
    // The page's own test throws when a case fails.
    await import(pathToFileURL(join(folder, 'example-backend.test.js')).href);
  });

  it('is chosen by name once it is registered, and computes its own linear', async () => {
    const { exampleFactory } = await import(pathToFileURL(join(folder, 'example-backend.js')).href);
    registerBackend(exampleFactory);
    const backend = await resolveBackend({ require: 'example' });
    expect(backend.info.own).toEqual(['ops.linear']);
    const y = new Float32Array(1);
    backend.ops.linear({ rows: 1, in: 2, out: 1 }, Float32Array.of(2, 3), Float32Array.of(10, 1), null, y);
    expect(y[0]).toBe(23);
  });
});
