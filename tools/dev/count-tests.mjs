// Adds up the JSON reports that vitest leaves in each package and ends with the line `N passed, N failed`.
// A package that has tests but no report counts as a failure: a run that crashed must not look green.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };

function packages() {
  return ['packages', 'apps', 'tools'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { withFileTypes: true })
      .filter(
        (entry) => entry.isDirectory() && existsSync(path.join(root, folder, entry.name, 'package.json')),
      )
      .map((entry) => path.join(folder, entry.name)),
  );
}

for (const folder of packages()) {
  const manifest = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
  if (!manifest.scripts?.test) continue;
  const report = path.join(root, folder, '.test-results.json');
  if (!existsSync(report)) {
    console.log(`${folder}: no test report; its run did not finish`);
    total.failed++;
    continue;
  }
  const results = JSON.parse(readFileSync(report, 'utf8'));
  const passed = results.numPassedTests;
  const skipped = results.numPendingTests + results.numTodoTests;
  // A file that fails before its first test has failed suites but no failed test.
  const broken = results.testResults.filter((f) => f.status === 'failed' && f.assertionResults.length === 0);
  const failed = results.numFailedTests + broken.length;
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  console.log(`${folder}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  for (const file of results.testResults) {
    for (const test of file.assertionResults.filter((t) => t.status === 'failed')) {
      console.log(`  FAILED ${path.relative(root, file.name)}: ${test.fullName}`);
    }
  }
  for (const file of broken) console.log(`  FAILED ${path.relative(root, file.name)}: ${file.message}`);
}

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
