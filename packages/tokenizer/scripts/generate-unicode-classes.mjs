// Writes src/unicode/classes.generated.ts, which code points belong to each class the tokenizers ask about, and
// src/unicode/combining.generated.ts, what normalization needs beside String.prototype.normalize.
//
//   node scripts/generate-unicode-classes.mjs
//
// The Unicode versions are those Hugging Face's tokenizers 0.23 was built with, part by part, for a tokenizer
// must cut a text exactly as it was cut when the model was trained: the regular expressions of GPT-2 and of
// single-word tokens use 16.0, BERT's cleaning and punctuation 8.0, normalization and the stripping of accents
// 9.0. The tables do not change with the JavaScript engine.
//
// The data comes from the npm packages @unicode/unicode-<version>, fetched into a temporary folder: they are
// large and needed only here.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const packageVersion = '2.0.7';
const limit = 0x110000;

/** Each class is a bit, and the union of these properties. */
const classes = {
  LETTER: ['16.0.0', ['General_Category/Letter']],
  NUMBER: ['16.0.0', ['General_Category/Number']],
  WHITE_SPACE: ['16.0.0', ['Binary_Property/White_Space']],
  // What Rust's regex crate calls \w; added tokens that must stand alone look at it.
  WORD: [
    '16.0.0',
    [
      'Binary_Property/Alphabetic',
      'General_Category/Mark',
      'General_Category/Decimal_Number',
      'General_Category/Connector_Punctuation',
      'Binary_Property/Join_Control',
    ],
  ],
  PUNCTUATION: ['8.0.0', ['General_Category/Punctuation']],
  CONTROL: ['8.0.0', ['General_Category/Control', 'General_Category/Format', 'General_Category/Private_Use']],
  NONSPACING_MARK: ['8.0.0', ['General_Category/Nonspacing_Mark']],
  MARK: ['9.0.0', ['General_Category/Mark']],
};

const folder = mkdtempSync(path.join(tmpdir(), 'unicode-'));
try {
  for (const version of ['8.0.0', '9.0.0', '16.0.0']) {
    execFileSync('npm', ['pack', '--silent', `@unicode/unicode-${version}@${packageVersion}`], {
      cwd: folder,
    });
    execFileSync('mkdir', [version], { cwd: folder });
    execFileSync('tar', ['xzf', `unicode-unicode-${version}-${packageVersion}.tgz`, '-C', version], {
      cwd: folder,
    });
  }
  const header = '// Written by scripts/generate-unicode-classes.mjs; do not edit.\n//\n';
  const table = new Uint8Array(limit);
  let names = '';
  for (const [bit, [name, [version, properties]]] of Object.entries(classes).entries()) {
    const member = await union(version, properties);
    for (let point = 0; point < limit; point++) table[point] |= member[point] << bit;
    const labels = properties.map((property) => property.split('/')[1]).join(' | ');
    names += `\n/** ${labels}, Unicode ${version}. */\nexport const ${name} = ${1 << bit};\n`;
  }
  writeFileSync(
    new URL('../src/unicode/classes.generated.ts', import.meta.url),
    `${header}${names.slice(1)}
/**
 * The classes of all code points as runs of equals: \`length.classes\`, in base 36. A length
 * of 1 is left out.
 */
export const classRuns =
  '${classRuns(table)}';
`,
  );

  const unassigned = await union('9.0.0', ['General_Category/Unassigned']);
  const assigned = unassigned.map((member) => member ^ 1);
  writeFileSync(
    new URL('../src/unicode/combining.generated.ts', import.meta.url),
    `${header}// Unicode 9.0.0.

/** Runs of code points outside and inside the assigned ones, in base 36. */
export const assigned =
  '${runLengths(assigned)}';

/**
 * Marks with a canonical combining class other than 0, as \`gap.length.rank\` in base 36: how far after the last
 * such run, how many, and where their class stands among all classes in ascending order.
 */
export const combiningRanks =
  '${combiningRanks(await union('9.0.0', ['General_Category/Mark']), assigned)}';
`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

function classRuns(table) {
  const runs = [];
  for (let start = 0; start < limit; ) {
    let end = start + 1;
    while (end < limit && table[end] === table[start]) end++;
    const length = end - start === 1 ? '' : (end - start).toString(36);
    runs.push(`${length}.${table[start].toString(36)}`);
    start = end;
  }
  return runs.join(' ');
}

function runLengths(member) {
  const runs = [];
  let start = 0;
  for (let inside = 0; ; inside ^= 1) {
    const end = member.indexOf(inside ^ 1, start);
    if (end < 0) {
      if (inside) runs.push(limit - start);
      return runs.map((length) => length.toString(36)).join(' ');
    }
    runs.push(end - start);
    start = end;
  }
}

async function union(version, properties) {
  const member = new Uint8Array(limit);
  for (const property of properties) {
    const file = path.join(folder, version, 'package', property, 'ranges.mjs');
    const ranges = (await import(pathToFileURL(file).href)).default;
    for (const { begin, end } of ranges) member.fill(1, begin, end);
  }
  return member;
}

/**
 * JavaScript does not tell a mark's combining class, but normalization puts marks into the order of their
 * classes, and order is all that counts.
 */
function combiningRanks(marks, assigned) {
  const reorders = (first, second) => {
    const swapped = String.fromCodePoint(second, first);
    return first !== second && String.fromCodePoint(first, second).normalize('NFD') === swapped;
  };
  const lowest = 0x334;
  const highest = 0x345;
  const combining = [];
  for (let point = 0; point < limit; point++) {
    if (!marks[point] || !assigned[point]) continue;
    const text = String.fromCodePoint(point);
    if (text.normalize('NFD') !== text) continue;
    const found =
      point === lowest || point === highest || reorders(point, lowest) || reorders(highest, point);
    if (found) combining.push(point);
  }
  const sorted = combining.toSorted((a, b) => (reorders(a, b) ? 1 : reorders(b, a) ? -1 : 0));
  const rankOf = new Map();
  let rank = 0;
  sorted.forEach((point, i) => {
    if (i === 0 || reorders(point, sorted[i - 1])) rank++;
    rankOf.set(point, rank);
  });
  const runs = [];
  let end = 0;
  for (let i = 0; i < combining.length; ) {
    const start = combining[i];
    const startRank = rankOf.get(start);
    let length = 0;
    while (rankOf.get(start + length) === startRank) length++;
    runs.push([start - end, length, startRank].map((number) => number.toString(36)).join('.'));
    end = start + length;
    i += length;
  }
  return runs.join(' ');
}
