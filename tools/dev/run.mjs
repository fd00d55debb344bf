// The two commands of the README, on a machine that has only Node and npm: `npm start` and `npm test`.
// Brings the pnpm that package.json names, the dependencies and the build, then runs the job.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { packageManager, engines } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

const [job, ...rest] = process.argv.slice(2);

function requireNode() {
  const [wantedMajor, wantedMinor] = engines.node.match(/\d+/g).map(Number);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  console.error(
    `lookupffn needs Node ${engines.node}; this is ${process.versions.node}. Get it from https://nodejs.org.`,
  );
  process.exit(2);
}

/** Runs a command with our terminal; resolves with its exit code. Ctrl-C reaches the child by itself. */
function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32',
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', ...env },
    });
    child.on('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

async function step(title, command, args, env) {
  console.error(`\n> ${title}`);
  const code = await run(command, args, env);
  if (code !== 0) process.exit(code);
}

// npx runs the pinned pnpm without a global install; turbo's children find it too.
const pnpm = (...args) => ['npx', ['--yes', packageManager, ...args]];

requireNode();
// The child gets the terminal's Ctrl-C as well and decides; this process only waits for it.
process.on('SIGINT', () => {});

await step('Installing dependencies', ...pnpm('install', '--frozen-lockfile', '--prefer-offline'));
await step('Building', ...pnpm('exec', 'turbo', 'run', 'build', '--output-logs=errors-only'));

if (job === 'start') {
  process.exit(await run(process.execPath, ['apps/cli/dist/main.js', 'demo', ...rest]));
} else if (job === 'test') {
  // Packages at a time: more than the machine has CPUs for would only make each test slow, some beyond its patience.
  const concurrency = `--concurrency=${Math.max(2, availableParallelism())}`;
  const code = await run(
    ...pnpm('exec', 'turbo', 'run', 'test', '--continue', '--output-logs=new-only', concurrency, ...rest),
  );
  const counted = await run(process.execPath, ['tools/dev/count-tests.mjs']);
  process.exit(code || counted);
} else {
  console.error('usage: run.mjs start [demo options] | test [turbo options]');
  process.exit(2);
}
