// The conformance kit and the golden cases on the built package for each instruction set of this machine, without a test
// runner. Prints a line for each and ends with 1 when a case failed.
//   node scripts/kit.mjs [isa ...]
import { fileURLToPath } from 'node:url';
import { runConformance } from '@lookupffn/backend-conformance';
import { createNativeBackend } from '@lookupffn/kernels-native';
import { machineIsas } from './machine-isas.mjs';

const golden = fileURLToPath(new URL('../../backend-conformance/test/golden', import.meta.url));
const given = process.argv.slice(2);

for (const isa of given.length > 0 ? given : machineIsas()) {
  const backend = createNativeBackend({ isa, threads: 2 });
  const report = await runConformance(backend, { goldenFolders: [golden] });
  const bad = report.cases.filter((one) => one.status !== 'passed');
  for (const one of bad) console.error(`${isa}: ${one.name}: ${one.status}: ${one.reason}`);
  console.log(`${process.arch}: ${report.passed} passed, ${bad.length} not, on ${report.isa}`);
  if (bad.length > 0 || report.isa !== isa || report.passed === 0) process.exitCode = 1;
}
