// Runs a command once for each instruction set of this machine, LOOKUPFFN_ISA set to it, best first.
//   node scripts/each-isa.mjs pnpm exec turbo run test
import { spawnSync } from 'node:child_process';
import { machineIsas } from './machine-isas.mjs';

const [command, ...args] = process.argv.slice(2);
for (const isa of machineIsas()) {
  console.log(`== LOOKUPFFN_ISA=${isa} ${[command, ...args].join(' ')}`);
  const result = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, LOOKUPFFN_ISA: isa },
  });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}
