import { expect, it } from 'vitest';
import { parsePerf } from '../src/profile/perf.js';

it('reads what perf stat prints, and says when it cannot count', () => {
  const counted = parsePerf(
    '81234,,LLC-loads:u,1000,100.00,,\n1234,,LLC-load-misses:u,1000,100.00,1.52,of all\n',
  );
  expect(counted).toMatchObject({ loads: 81234, loadMisses: 1234 });
  const not = parsePerf(
    '<not supported>,,LLC-loads,0,100.00,,\n<not supported>,,LLC-load-misses,0,100.00,,\n',
  );
  expect(not).toMatchObject({ loads: null, loadMisses: null });
  expect(not.note).toMatch(/does not count/);
});
