// Runs the conformance kit on the built package with the instruction set named, and prints what came out as JSON: for
// tests that need a Node with other flags.
import { runConformance } from '@lookupffn/backend-conformance';
import { createWasmBackend } from '@lookupffn/kernels-wasm';

const [isa, goldenFolder] = process.argv.slice(2);
const report = await runConformance(await createWasmBackend({ isa }), { goldenFolders: [goldenFolder] });
const failures = report.cases.filter(({ status }) => status === 'failed');
process.stdout.write(JSON.stringify({ isa: report.isa, passed: report.passed, failures }));
