import { fileURLToPath } from 'node:url';
import { runConformance } from '@lookupffn/backend-conformance';
import { describe, expect, it } from 'vitest';
import { backendOn, isas } from './backends.js';

const golden = fileURLToPath(new URL('../../backend-conformance/test/golden', import.meta.url));

describe.each(isas)('%s', (isa) => {
  it.each([1, 2])('passes the whole conformance kit on %i thread(s)', async (threads) => {
    const backend = backendOn(isa, threads);
    const report = await runConformance(backend, { goldenFolders: [golden] });
    expect(report.cases.filter((one) => one.status !== 'passed')).toEqual([]);
    expect(report.cases.some((one) => one.group === 'golden')).toBe(true);
    expect(report.isa).toBe(isa);
  });

  it('brings every operation itself', () => {
    expect(backendOn(isa, 1).info.filled).toEqual([]);
  });
});
