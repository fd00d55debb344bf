// Builds build/lookupffn_native.node from source, with nothing downloaded: node-gyp runs against Node headers that are
// here already, or against node-api-headers. Without a C++ compiler it says so and leaves the package unbuilt (the
// WebAssembly backend takes over); a compile error fails. The file is put in place whole, so that a process which starts
// meanwhile loads the old one or the new one, and two builds of one checkout wait for each other.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDirectly } from './build-direct.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const log = (text) => process.stderr.write(`kernels-native: ${text}\n`);

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** The C++ compiler as a command and its first arguments, or undefined. */
function findCompiler() {
  const wanted = process.env.CXX ? [process.env.CXX.split(/\s+/)] : [['c++'], ['g++'], ['clang++']];
  return wanted.find(([command, ...first]) => runs(command, [...first, '--version']));
}

/** node-gyp writes its makefiles in Python and runs make. */
function canRunGyp() {
  const pythons = [process.env.npm_config_python, process.env.PYTHON, 'python3', 'python'].filter(Boolean);
  const isNewEnough = ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))'];
  return runs('make', ['--version']) && pythons.some((python) => runs(python, isNewEnough));
}

/** A folder shaped like Node's sources as far as node-gyp looks, holding only the Node-API headers. */
function headersFolder() {
  const folder = join(root, 'build', 'node-headers');
  const include = join(folder, 'include', 'node');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(include, { recursive: true });
  const from = require('node-api-headers').include_dir;
  for (const file of readdirSync(from)) copyFileSync(join(from, file), join(include, file));
  writeFileSync(
    join(include, 'common.gypi'),
    "{ 'target_defaults': { 'default_configuration': 'Release', 'configurations': { 'Release': {} } } }\n",
  );
  writeFileSync(
    join(include, 'config.gypi'),
    `{ 'target_defaults': {}, 'variables': { 'target_arch': '${process.arch}', 'host_arch': '${process.arch}', 'node_shared': 'false', 'napi_build_version': '8' } }\n`,
  );
  return folder;
}

function nodeDirectory() {
  const here = [process.env.npm_config_nodedir, dirname(dirname(process.execPath))].filter(Boolean);
  for (const folder of here) {
    if (existsSync(join(folder, 'include', 'node', 'node_api.h'))) return folder;
  }
  return headersFolder();
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Makes the lock file, after the build that holds it has ended (or died). */
function lock(path) {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    let owner = 0;
    try {
      owner = Number(readFileSync(path, 'utf8'));
    } catch {
      continue; // Given back in between.
    }
    if (owner > 0 && !alive(owner)) rmSync(path, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function buildWithGyp() {
  const gyp = require.resolve('node-gyp/bin/node-gyp.js');
  const jobs = `--jobs=${availableParallelism()}`;
  const result = spawnSync(
    process.execPath,
    [gyp, 'configure', 'build', `--nodedir=${nodeDirectory()}`, jobs, '--loglevel=warn'],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (result.status !== 0) throw new Error(`node-gyp ended with ${result.status ?? result.signal}`);
}

const windows = process.platform === 'win32';
const compiler = windows ? undefined : findCompiler();
if (!windows && !compiler) {
  log(
    'not built, because this machine has no C++ compiler. Everything still works on slower backends: inference on WebAssembly, training on plain JavaScript, which is far slower. To get the native kernels, install one (Debian and Ubuntu: "apt-get install g++"; macOS: "xcode-select --install") and run the build again.',
  );
  process.exit(0);
}

mkdirSync(join(root, 'build'), { recursive: true });
const lockFile = join(root, 'build', 'building.lock');
lock(lockFile);
process.on('exit', () => rmSync(lockFile, { force: true }));

const built = join('build', 'Release', 'lookupffn_native.node');
try {
  // On Windows node-gyp finds Visual Studio by itself, and says what is missing.
  if (windows || canRunGyp()) {
    buildWithGyp();
  } else {
    log('no Python 3 or no make here: compiling without node-gyp');
    await buildDirectly(root, compiler, built);
  }
} catch (error) {
  log(`the build failed: ${error.message}. The compiler says why above.`);
  process.exit(1);
}

const placed = join(root, 'build', 'lookupffn_native.node');
copyFileSync(join(root, built), `${placed}.${process.pid}.tmp`);
renameSync(`${placed}.${process.pid}.tmp`, placed);
