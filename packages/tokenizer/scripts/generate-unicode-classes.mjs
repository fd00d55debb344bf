// Writes src/unicode/classes.generated.ts: which code points belong to each class the tokenizers ask about.
//
//   node scripts/generate-unicode-classes.mjs
//
// The Unicode versions are those Hugging Face's tokenizers 0.23 was built with, part by part, for a tokenizer
// must cut a text exactly as it was cut when the model was trained: the regular expressions of GPT-2 and of
// single-word tokens use 16.0, BERT's cleaning and punctuation 8.0, the stripping of accents 9.0. The tables do
// not change with the JavaScript engine.
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

/** Each class is the union of these properties. */
const classes = {
  letter: ['16.0.0', ['General_Category/Letter']],
  number: ['16.0.0', ['General_Category/Number']],
  whiteSpace: ['16.0.0', ['Binary_Property/White_Space']],
  // What Rust's regex crate calls \w.
  word: [
    '16.0.0',
    [
      'Binary_Property/Alphabetic',
      'General_Category/Mark',
      'General_Category/Decimal_Number',
      'General_Category/Connector_Punctuation',
      'Binary_Property/Join_Control',
    ],
  ],
  punctuation: ['8.0.0', ['General_Category/Punctuation']],
  control: ['8.0.0', ['General_Category/Control', 'General_Category/Format', 'General_Category/Private_Use']],
  nonspacingMark: ['8.0.0', ['General_Category/Nonspacing_Mark']],
  mark: ['9.0.0', ['General_Category/Mark']],
};

const folder = mkdtempSync(path.join(tmpdir(), 'unicode-'));
try {
  for (const version of new Set(Object.values(classes).map(([version]) => version))) {
    execFileSync('npm', ['pack', '--silent', `@unicode/unicode-${version}@${packageVersion}`], {
      cwd: folder,
    });
    execFileSync('mkdir', [version], { cwd: folder });
    execFileSync('tar', ['xzf', `unicode-unicode-${version}-${packageVersion}.tgz`, '-C', version], {
      cwd: folder,
    });
  }
  let source = `// Written by scripts/generate-unicode-classes.mjs; do not edit.
//
// Each text lists the lengths of alternating runs of code points outside and inside the class, from U+0000 on,
// in base 36.
`;
  for (const [name, [version, properties]] of Object.entries(classes)) {
    const member = new Uint8Array(limit);
    for (const property of properties) {
      const file = path.join(folder, version, 'package', property, 'ranges.mjs');
      const ranges = (await import(pathToFileURL(file).href)).default;
      for (const { begin, end } of ranges) member.fill(1, begin, end);
    }
    const labels = properties.map((property) => property.split('/')[1]).join(' | ');
    source += `\n/** ${labels}, Unicode ${version}. */\nexport const ${name} =\n  '${runLengths(member)}';\n`;
  }
  writeFileSync(new URL('../src/unicode/classes.generated.ts', import.meta.url), source);
} finally {
  rmSync(folder, { recursive: true });
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
