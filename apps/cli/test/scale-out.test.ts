import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, temporaryFolder } from './cli.js';
import { tinyModel } from './tiny-model.js';

// What docs/scale-out.md shows is what runs here: on one machine, with its own addresses put in.
const page = readFileSync(new URL('../../../docs/scale-out.md', import.meta.url), 'utf8');
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** The page's blocks of code in a language. */
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text]) => text!);

const nginx = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'].find(existsSync);
if (!nginx) {
  console.warn(
    'SKIPPED: replicas behind a balancer. No nginx here; install it (Debian: apt-get install nginx).',
  );
}

let model: string;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  model = await tinyModel();
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

const ended = (child: ChildProcess) =>
  new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once('exit', (code, signal) => {
      children.delete(child);
      resolve({ code, signal });
    }),
  );

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A replica, all of its flags given as variables. */
async function startReplica() {
  const settings = { MODEL: model, PORT: '0', LOG_LEVEL: 'silent' };
  const env = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`LOOKUPFFN_SERVE_${name}`, value]),
  );
  const child = spawn(process.execPath, [main, 'serve', '--json'], {
    env: { ...process.env, ...env, LOOKUPFFN_BACKEND: 'reference' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.add(child);
  const gone = ended(child);
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      const found = /"url": "([^"]+)"/.exec(text)?.[1];
      if (found) resolve(found);
    });
    gone.then(() => reject(new Error(`the replica ended: ${text}`)));
  });
  return { child, gone, url, port: Number(new URL(url).port) };
}

/** The balancer as the page configures it, in front of these ports. */
async function startBalancer(ports: readonly number[]): Promise<string> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'logs'));
  const port = await freePort();
  const [http] = blocks('nginx');
  const config = http!
    .replace(/replica-(\d+):3000/g, (_, n) => `127.0.0.1:${ports[Number(n) - 1]}`)
    .replace('listen 8080', `listen 127.0.0.1:${port}`);
  expect(config).not.toMatch(/replica-|8080/);
  const own = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  const text = [
    // One process, of the user that runs the tests.
    'daemon off; master_process off; error_log stderr warn;',
    `pid ${folder}/nginx.pid; events {}`,
    `http { access_log off; ${own.join(' ')}`,
    config,
    '}',
  ];
  writeFileSync(join(folder, 'nginx.conf'), text.join('\n'));
  const child = spawn(nginx!, ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')]);
  children.add(child);
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (more: string) => {
    said += more;
  });
  let gone = false;
  ended(child).then(() => {
    gone = true;
  });
  const url = `http://127.0.0.1:${port}/`;
  for (;;) {
    if (gone) throw new Error(`nginx ended: ${said}`);
    const health = await fetch(new URL('/health', url)).catch(() => undefined);
    if (health?.ok) return url;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const texts = Array.from({ length: 40 }, (_, i) => `peace and commerce ${'of laws '.repeat(i % 7)}${i}`);

async function embed(url: string, inputs: readonly string[]): Promise<{ status: number; body: unknown }> {
  const body = JSON.stringify({ inputs });
  const answer = await fetch(new URL('/embed', url), { method: 'POST', body });
  return { status: answer.status, body: await answer.json() };
}

async function answeredBy(url: string): Promise<number> {
  const metrics = await (await fetch(new URL('/metrics', url))).text();
  return Number(/^lookupffn_requests_total\{route="\/embed".*status="200"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

describe.skipIf(!nginx)('replicas behind a balancer', () => {
  it('one killed and one stopped under load: every request is answered, and rightly', async () => {
    const replicas = await Promise.all([startReplica(), startReplica(), startReplica()]);
    const [killed, stopped, last] = replicas as [Replica, Replica, Replica];
    const expected = (await embed(last.url, texts)).body as number[][];
    const url = await startBalancer(replicas.map(({ port }) => port));
    const count = 600;
    let asked = 0;
    let answered = 0;
    const wrong: unknown[] = [];
    let servedBefore: number[] = [];
    const events = new Map<number, () => unknown>([
      [
        150,
        async () => {
          servedBefore = await Promise.all(replicas.map((one) => answeredBy(one.url)));
          killed.child.kill('SIGKILL');
        },
      ],
      [350, () => stopped.child.kill('SIGTERM')],
    ]);
    const client = async () => {
      while (asked < count) {
        const n = asked++;
        const indices = Array.from({ length: 1 + (n % 3) }, (_, k) => (7 * n + k) % texts.length);
        const answer = await embed(
          url,
          indices.map((i) => texts[i]!),
        ).catch((error) => ({
          status: 0,
          body: error,
        }));
        if (answer.status !== 200) wrong.push({ n, ...answer });
        else expect(answer.body).toEqual(indices.map((i) => expected[i]));
        answered++;
        await events.get(answered)?.();
      }
    };
    await Promise.all(Array.from({ length: 12 }, client));
    expect(wrong).toEqual([]);
    expect(answered).toBe(count);
    // All three had their share before the first died, and the last did the rest.
    expect(Math.min(...servedBefore)).toBeGreaterThan(10);
    expect(await killed.gone).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await stopped.gone).toEqual({ code: 0, signal: null });
    expect(await answeredBy(last.url)).toBeGreaterThan(servedBefore[2]! + 100);
  });
});

type Replica = Awaited<ReturnType<typeof startReplica>>;

describe('shards', () => {
  it("Slurm's tasks, started twice, make the whole", async () => {
    const folder = temporaryFolder();
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'lookupffn'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, {
      mode: 0o755,
    });
    writeFileSync(
      join(folder, 'in.jsonl'),
      texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join(''),
    );
    const [script] = blocks('bash').filter((text) => text.includes('SLURM_ARRAY_TASK_ID'));
    const count = Number(/--array=0-(\d+)/.exec(script!)![1]) + 1;
    const run = async (index: number) => {
      const child = spawn('bash', ['-c', script!.replace('/models/lookup', model)], {
        cwd: folder,
        env: {
          ...process.env,
          PATH: `${bin}${delimiter}${process.env.PATH}`,
          LOOKUPFFN_BACKEND: 'reference',
          SLURM_ARRAY_TASK_ID: String(index),
          SLURM_ARRAY_TASK_COUNT: String(count),
          SLURM_CPUS_PER_TASK: '1',
        },
        stdio: 'ignore',
      });
      children.add(child);
      expect(await ended(child)).toEqual({ code: 0, signal: null });
    };
    const indices = Array.from({ length: count }, (_, i) => i);
    await Promise.all(indices.map(run));
    await run(0);
    const parts = indices.map((i) =>
      readFileSync(join(folder, `out-0000${i}-of-0000${count}.jsonl`), 'utf8'),
    );
    const args = ['embed', join(folder, 'in.jsonl'), '-o', '-', '-m', model, '--backend', 'reference'];
    expect(parts.join('')).toBe((await cli(args)).stdout);
  });
});

describe('the page', () => {
  it('names no flag, variable or file that is not there', async () => {
    const help = (await Promise.all(['serve', 'embed'].map((name) => cli([name, '--help']))))
      .map(({ stdout }) => stdout)
      .join('\n');
    const code = blocks('\\w+').join('\n');
    const flags = new Set([...page.matchAll(/--[a-z][a-z-]+/g)].map(([flag]) => flag));
    for (const flag of ['--array', '--job-name', '--cpus-per-task', '--requeue']) flags.delete(flag);
    for (const flag of flags) expect(help).toContain(flag);
    const variables = new Set([...code.matchAll(/LOOKUPFFN_SERVE_[A-Z_]+/g)].map(([name]) => name));
    expect(variables.size).toBeGreaterThan(2);
    for (const name of variables) expect(help).toContain(name);
    for (const [, path] of page.matchAll(/\]\((\.\.\/[^)]+)\)/g)) {
      expect(existsSync(new URL(path!, new URL('../../../docs/', import.meta.url)))).toBe(true);
    }
  });

  it('every flag of serve is a variable too', async () => {
    const { stdout } = await cli(['serve', '--help']);
    const options = stdout
      .slice(stdout.indexOf('Options:'), stdout.indexOf('Examples:'))
      .split(/\n {2}(?=-)/)
      .slice(1);
    expect(options.length).toBeGreaterThan(15);
    for (const option of options) {
      // These say how the command speaks to who starts it, not how it serves.
      if (/^(--json|-h)/.test(option)) continue;
      expect(option.replace(/\s+/g, ' ')).toMatch(/\(.*env: LOOKUPFFN_[A-Z_]+/);
    }
  });
});
