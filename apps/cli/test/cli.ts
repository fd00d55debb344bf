import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Called with everything written to standard error so far. */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
}

/** Runs the built command as a user would, without a terminal. */
export function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: options.cwd,
      env: { ...process.env, NO_COLOR: '', LOOKUPFFN_DEBUG: '', XDG_CACHE_HOME: userCache(), ...options.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      options.onStderr?.(stderr, child);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}

const folders: string[] = [];

let cache: string | undefined;
/** Instead of that of whoever runs the tests. */
function userCache(): string {
  cache ??= temporaryFolder();
  return cache;
}

/** A new empty folder, removed when the test file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lookupffn-cli-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const subjects = ['The people', 'Our nation', 'The Congress', 'This country', 'The Senate', 'My government'];
const verbs = ['must defend', 'should honor', 'will support', 'may change', 'can improve', 'wants to keep'];
const objects = ['the public treasury', 'the common peace', 'foreign trade', 'good schools', 'honest labor'];
const times = [
  'in the coming year',
  'before winter',
  'without delay',
  'for every citizen',
  'at home and abroad',
];

/** A folder of small texts with something in them to learn; the same every time. */
export function smallCorpus(documents = 30, sentences = 40): string {
  const folder = join(temporaryFolder(), 'texts');
  mkdirSync(folder);
  let state = 12345;
  const pick = (list: readonly string[]): string => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return list[(state >>> 16) % list.length]!;
  };
  for (let d = 0; d < documents; d++) {
    const text = Array.from(
      { length: sentences },
      () => `${pick(subjects)} ${pick(verbs)} ${pick(objects)} and ${pick(objects)} ${pick(times)}.`,
    ).join(' ');
    writeFileSync(join(folder, `text-${String(d).padStart(2, '0')}.txt`), `${text}\n`);
  }
  return folder;
}

/** What every refusal must look like: exit code 2, nothing on standard output, one message without a stack. */
export function refusal(result: CliResult): string {
  if (result.code !== 2) throw new Error(`exit code ${result.code}, not 2:\n${result.stderr}`);
  if (result.stdout !== '') throw new Error(`standard output is not empty:\n${result.stdout}`);
  if (/^\s+at /m.test(result.stderr)) throw new Error(`a stack is shown:\n${result.stderr}`);
  const message = /error: (.*)/s.exec(result.stderr)?.[1];
  if (!message) throw new Error(`no message:\n${result.stderr}`);
  return message.trim();
}
