import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/check-symbols.mjs', import.meta.url));

const check = (...files: string[]) => spawnSync(process.execPath, [script, ...files], { encoding: 'utf8' });

it('only a table leaves each kernel library', () => {
  const result = check();
  expect(result.stderr).toBe('');
  expect(result.status).toBe(0);
});

it('a weak symbol is found', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lookupffn-symbols-'));
  try {
    const source = join(folder, 'leak.cc');
    const object = join(folder, 'leak.o');
    writeFileSync(
      source,
      'inline int leaks() { return 1; }\nextern "C" int (*const lookupffn_kernels_avx2)();\nint (*const lookupffn_kernels_avx2)() = leaks;\n',
    );
    const compiled = spawnSync('c++', ['-c', source, '-o', object], { encoding: 'utf8' });
    expect(compiled.stderr).toBe('');
    const result = check(`avx2=${object}`);
    expect(result.stderr.trim()).toMatch(/^avx2: \S*leaks\S* leaves the library \(W\)$/);
    expect(result.status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
