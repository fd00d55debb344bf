// Fails when a kernel library defines anything but its table. An inline function or template of a header that is built
// with wide-ISA flags and leaves the file as a weak symbol may be the copy that the linker keeps for everyone, and an
// older CPU then meets instructions it does not have.
//   node scripts/check-symbols.mjs [isa=file ...]    default: what the last build left; NM names another nm
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isasOf } from './native-sources.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function built(isa) {
  const places = [`build/Release/kernels_${isa}.a`, `build/direct/src/cpp/isa/${isa}.cc.o`];
  return places.map((place) => join(root, place)).find(existsSync);
}

/** What is wrong with one library or object, in words. */
function symbolProblems(isa, file) {
  const result = spawnSync(process.env.NM ?? 'nm', ['--defined-only', '--extern-only', file], {
    encoding: 'utf8',
  });
  if (result.status !== 0)
    return [`${isa}: nm cannot read ${file}: ${result.error?.message ?? result.stderr}`];
  const symbols = result.stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length === 3)
    .map(([, kind, name]) => ({ kind, name: name.replace(/^_(?=lookupffn)/, '') }));
  const table = `lookupffn_kernels_${isa}`;
  const others = symbols.filter(({ name }) => name !== table);
  return [
    ...(others.length < symbols.length ? [] : [`${isa}: ${table} is missing`]),
    ...others.map(({ kind, name }) => `${isa}: ${name} leaves the library (${kind})`),
  ];
}

const given = process.argv.slice(2).map((argument) => argument.split('='));
const wanted = Object.keys(isasOf(process.arch)).map((isa) => [isa, built(isa)]);
const files = given.length > 0 ? given : wanted;
const problems = files.flatMap(([isa, file]) => (file ? symbolProblems(isa, file) : [`${isa}: not built`]));
for (const problem of problems) console.error(problem);
if (problems.length === 0)
  console.log(`${files.map(([isa]) => isa).join(', ')}: only their tables leave them`);
process.exitCode = problems.length > 0 ? 1 : 0;
