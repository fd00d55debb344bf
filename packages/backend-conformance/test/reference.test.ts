import { fileURLToPath } from 'node:url';
import { createReferenceBackend, defineBackend } from '@lookupffn/core';
import { describe, expect, test } from 'vitest';
import { runConformance } from '../src/index.js';

const goldenFolder = fileURLToPath(new URL('golden', import.meta.url));

describe('the reference backend', () => {
  test('passes every case, golden ones included', async () => {
    const report = await runConformance(createReferenceBackend(), { goldenFolders: [goldenFolder] });
    const failures = report.cases.filter(({ status }) => status === 'failed');
    expect(failures.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([]);
    expect(report.cases.filter(({ group }) => group === 'golden')).toHaveLength(24);
    expect(report.skipped).toBe(0);
    expect(report.passed).toBe(report.cases.length);
  });

  test('names every case once', async () => {
    const { cases } = await runConformance(defineBackend({ name: 'empty' }), {
      skip: [{ pattern: /./, reason: 'only the names are wanted' }],
      goldenFolders: [goldenFolder],
    });
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    expect(cases.every(({ own }) => !own)).toBe(true);
  });
});
