// The conformance kit and the golden cases on the built package, one thread and two, for each instruction set of this
// machine, without a test runner: so that it goes wherever Node does, an emulator included. Prints a line for each and
// ends with 1 when a case failed.
//   node scripts/kit.mjs [isa ...]
import { fileURLToPath } from 'node:url';
import { runConformance } from '@lookupffn/backend-conformance';
import { createNativeBackend } from '@lookupffn/kernels-native';
import { machineIsas } from './machine-isas.mjs';

const golden = fileURLToPath(new URL('../../backend-conformance/test/golden', import.meta.url));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : machineIsas();

for (const isa of wanted) {
  for (const threads of [1, 2]) {
    const report = await runConformance(createNativeBackend({ isa, threads }), { goldenFolders: [golden] });
    const bad = report.cases.filter((one) => one.status !== 'passed');
    for (const one of bad) console.error(`${isa}: ${one.name}: ${one.status}: ${one.reason}`);
    const ran = report.isa === isa ? '' : ` (asked for ${isa})`;
    console.log(
      `${process.arch} ${report.isa}${ran}, threads ${threads}: ${report.passed} passed, ${bad.length} not`,
    );
    if (bad.length > 0 || ran || report.passed === 0) process.exitCode = 1;
  }
}
