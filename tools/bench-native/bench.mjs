// Native kernels against OpenBLAS and oneDNN, interleaved in one process a pairing, and a table of ratios.
//   node bench.mjs [--threads 1] [--isa avx2,avx512,scalar] [--group linear|ffn|products|training|all] [--json]
// Needs g++, a built @lookupffn/kernels-native and OpenBLAS (Debian: libopenblas-dev); oneDNN (libdnnl-dev) joins where it
// is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const native = join(here, '..', '..', 'packages', 'kernels-native');
const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1' },
    group: { type: 'string', default: 'all' },
    isa: { type: 'string', default: 'avx2' },
    json: { type: 'boolean', default: false },
  },
});

function filesUnder(folder, ending) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

/** The drivers are compiled here, the kernels taken from the package's build: what is timed is what ships. */
function build() {
  const release = join(native, 'build', 'Release');
  const archives = existsSync(release)
    ? filesUnder(release, '.a').filter((file) => dirname(file) === release)
    : [];
  if (archives.length === 0) {
    throw new Error('build @lookupffn/kernels-native first: node scripts/build-native.mjs there');
  }
  const cpp = join(native, 'src', 'cpp');
  const sources = [
    join(here, 'src', 'bench.cc'),
    ...filesUnder(join(cpp, 'ops'), '.cc'),
    ...filesUnder(join(cpp, 'runtime'), '.cc'),
  ];
  const output = join(here, 'build', 'bench');
  const inputs = [
    ...sources,
    ...archives,
    ...filesUnder(join(cpp, 'ops'), '.h'),
    ...filesUnder(join(here, 'src'), '.h'),
  ];
  const newest = Math.max(...inputs.map((file) => statSync(file).mtimeMs));
  if (existsSync(output) && statSync(output).mtimeMs > newest) return output;
  mkdirSync(dirname(output), { recursive: true });
  const args = ['-std=c++20', '-O3', ...sources, '-o', output, ...archives, '-lopenblas', '-lpthread'];
  if (existsSync('/usr/include/oneapi/dnnl/dnnl.hpp')) args.push('-ldnnl');
  const result = spawnSync('g++', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) throw new Error('the bench does not compile; is libopenblas-dev installed?');
  return output;
}

const program = build();
// OpenBLAS is told its core, for a version older than the machine may not see what the machine has.
const pairings = {
  scalar: { isa: 'scalar', core: 'Prescott' },
  avx2: { isa: 'avx2', core: 'Haswell' },
  avx512: { isa: 'avx512', core: 'SkylakeX' },
};

const lines = [];
for (const name of values.isa.split(',')) {
  const pairing = pairings[name];
  if (!pairing) throw new Error(`--isa is ${name}; one of ${Object.keys(pairings).join(', ')}`);
  const result = spawnSync(program, [pairing.isa, values.threads, values.group], {
    env: { ...process.env, OPENBLAS_CORETYPE: pairing.core, OMP_NUM_THREADS: values.threads },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
  lines.push(
    ...result.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

if (values.json) {
  console.log(JSON.stringify(lines, null, 2));
} else {
  let group = '';
  let base;
  for (const line of lines) {
    const heading = `${line.group}, ${line.isa}, ${line.threads} thread(s)`;
    if (heading !== group) {
      group = heading;
      base = line.us;
      console.log(`\n${group}`);
    }
    const rate = line.gflops > 0 ? `${line.gflops.toFixed(1)} GFLOP/s` : '';
    const spread = `${line.low.toFixed(0)}-${line.high.toFixed(0)}`;
    console.log(
      `  ${line.name.padEnd(30)} ${line.us.toFixed(1).padStart(10)} us  (${spread.padStart(13)})  ${rate.padStart(14)}  ${(base / line.us).toFixed(2)}x`,
    );
  }
}
