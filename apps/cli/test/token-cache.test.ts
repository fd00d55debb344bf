import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cli, smallCorpus, temporaryFolder } from './cli.js';

const losses = (run: string) =>
  readFileSync(join(run, 'training', 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).loss);

describe('the tokens of a corpus', () => {
  let corpus: string;
  let env: Record<string, string>;
  let first: string;
  const train = async (out: string, ...more: string[]) => {
    const args = ['train', '--batch', '2', '--sequence', '16', '--steps', '3', '--corpus', corpus];
    const result = await cli([...args, '--out', out, ...more], { env });
    if (result.code !== 0) throw new Error(result.stderr);
    return result.stderr;
  };
  const out = () => join(temporaryFolder(), 'model');

  beforeAll(async () => {
    corpus = smallCorpus();
    env = { XDG_CACHE_HOME: temporaryFolder() };
    first = out();
    expect(await train(first)).toMatch(/Tokens: [\d,]+ in .*lookupffn.tokens, kept for the next time/);
  });

  it('are used again by a second run and by eval, with the same result', async () => {
    const second = out();
    expect(await train(second)).toMatch(/Tokens: .*, kept from before/);
    expect(losses(second)).toEqual(losses(first));
    const memory = await cli(['eval', first, '--no-token-cache', '--json'], { env });
    expect(memory.stderr).not.toContain('Tokens:');
    const stored = await cli(['eval', first, '--json'], { env });
    expect(stored.stderr).toMatch(/Tokens: .*, kept from before/);
    expect(JSON.parse(stored.stdout)).toEqual(JSON.parse(memory.stdout));
  });

  it('stay in memory where that is asked for, or go to another folder', async () => {
    const memory = out();
    const before = readdirSync(env.XDG_CACHE_HOME!, { recursive: true });
    expect(await train(memory, '--no-token-cache')).not.toContain('Tokens:');
    expect(losses(memory)).toEqual(losses(first));
    const folder = join(temporaryFolder(), 'tokens');
    const notes = await Promise.all([out(), out()].map((run) => train(run, '--token-cache', folder)));
    for (const note of notes) expect(note).toContain(`in ${folder}, kept`);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(readdirSync(env.XDG_CACHE_HOME!, { recursive: true })).toEqual(before);
  });

  it('are made again, with a note, when they are damaged', async () => {
    const folder = join(env.XDG_CACHE_HOME!, 'lookupffn', 'tokens');
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.tokens'));
    truncateSync(join(folder, file!), 100);
    const again = out();
    expect(await train(again)).toMatch(/damaged and made again: .*\.tokens has 100 bytes, not \d+/);
    expect(losses(again)).toEqual(losses(first));
  });

  it('stay in memory, with a note, where the usual folder cannot be written', async () => {
    const closed = { XDG_CACHE_HOME: join(corpus, 'text-00.txt') };
    const args = ['eval', first];
    const told = await cli(args, { env: closed });
    expect(told.code).toBe(0);
    expect(told.stderr).toMatch(/cannot be written: the tokenised corpus stays in memory/);
    const asked = await cli([...args, '--token-cache', join(corpus, 'text-00.txt')], { env });
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(/text-00\.txt/);
  });

  it('come from standard input too, which leaves nothing behind', async () => {
    const temporary = temporaryFolder();
    const input = readdirSync(corpus)
      .map((name) => readFileSync(join(corpus, name), 'utf8'))
      .join('');
    const piped = out();
    const args = [
      'train',
      '--batch',
      '2',
      '--sequence',
      '16',
      '--steps',
      '2',
      '--corpus',
      '-',
      '--out',
      piped,
    ];
    const result = await cli(args, { env: { ...env, TMPDIR: temporary }, input });
    expect(result.stderr).toMatch(/Corpus: standard input: /);
    expect(result.code).toBe(0);
    expect(existsSync(join(piped, 'model.safetensors'))).toBe(true);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
