import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cli, refusal, smallCorpus, temporaryFolder } from './cli.js';

/** Small enough for any backend. */
const quick = ['--steps', '2', '--batch', '2', '--sequence', '16'];

function file(name: string, content: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

describe('a corpus that will not do', () => {
  it.each([
    ['is missing', () => join(temporaryFolder(), 'none'), /none.*does not exist/],
    ['is an empty file', () => file('empty.txt', ''), /empty/],
    ['is an empty folder', () => temporaryFolder(), /empty/],
    ['is one word', () => file('word.txt', 'union'), /union|too few|bytes/],
    ['is one word, again and again', () => file('word.txt', 'union '.repeat(40)), /few/],
    ['is binary', () => file('data.bin', `\0\u0001${'\0'.repeat(3000)}`), /binary/],
  ])('%s: demo and train refuse it and write nothing', async (_, make, message) => {
    const corpus = make();
    const out = join(temporaryFolder(), 'out');
    expect(refusal(await cli(['demo', '--corpus', corpus, '--out', out, ...quick]))).toMatch(message);
    expect(refusal(await cli(['train', '--corpus', corpus, '--out', out]))).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });
});

describe('an output folder that will not do', () => {
  let corpus: string;
  beforeAll(() => {
    corpus = smallCorpus();
  });
  const demo = (out: string) => cli(['demo', '--corpus', corpus, '--out', out, ...quick]);

  it('below a file', async () => {
    const path = file('a-file', 'x');
    expect(refusal(await demo(join(path, 'out')))).toMatch(/a-file.*not a folder/);
    expect(readFileSync(path, 'utf8')).toBe('x');
  });

  it('in the folder of texts, whose texts it would become', async () => {
    const texts = join(temporaryFolder(), 'texts');
    mkdirSync(texts);
    writeFileSync(join(texts, 'a.txt'), 'One text.\n');
    const linked = join(temporaryFolder(), 'linked');
    symlinkSync(texts, linked);
    for (const out of [texts, join(texts, 'runs', 'a'), join(linked, 'a')]) {
      for (const command of ['demo', 'train']) {
        const result = await cli([command, '--corpus', texts, '--out', out, ...quick]);
        expect(refusal(result)).toMatch(/is in .*texts, the folder of texts.*Give another --out/);
      }
    }
    const grid = join(texts, '..', 'grid.yaml');
    writeFileSync(grid, 'preset: tiny\ncorpus: texts\nruns: { a: {}, b: { training: { steps: 2 } } }\n');
    expect(refusal(await cli(['ablate', grid, '--out', join(texts, 'b')]))).toContain('the folder of texts');
    expect(readdirSync(texts)).toEqual(['a.txt']);
    // Beside it, and where no text is read: this corpus is too small for anything else.
    for (const out of [`${texts}-runs`, join(texts, '.runs')]) {
      const result = await cli(['train', '--corpus', texts, '--out', out, ...quick]);
      expect(refusal(result)).not.toContain('folder of texts');
    }
  });

  it('that is a file', async () => {
    const path = file('a-file', 'x');
    expect(refusal(await demo(path))).toMatch(/not a folder/);
    expect(readFileSync(path, 'utf8')).toBe('x');
  });

  it.skipIf(process.getuid?.() === 0)('without permission (root may write everywhere)', async () => {
    const folder = join(temporaryFolder(), 'closed');
    mkdirSync(folder, { mode: 0o500 });
    expect(refusal(await demo(join(folder, 'out')))).toMatch(/permission/);
  });

  it.runIf(existsSync('/proc/self'))('on a file system that takes no files', async () => {
    expect(refusal(await demo('/proc/self/lookupffn'))).toMatch(/\/proc\/self/);
  });

  it("with somebody's files in it, which stay", async () => {
    const out = temporaryFolder();
    writeFileSync(join(out, 'thesis.tex'), 'precious');
    mkdirSync(join(out, 'dense'));
    expect(refusal(await demo(out))).toMatch(/no earlier demo/);
    expect(readdirSync(out).sort()).toEqual(['dense', 'thesis.tex']);
    expect(refusal(await cli(['train', '--corpus', corpus, '--out', out]))).toMatch(/not empty/);
    expect(readFileSync(join(out, 'thesis.tex'), 'utf8')).toBe('precious');
  });

  it('with a damaged demo.json in it', async () => {
    const out = temporaryFolder();
    writeFileSync(join(out, 'demo.json'), '{"kind":');
    expect(refusal(await demo(out))).toMatch(/demo\.json/);
    expect(readdirSync(out)).toEqual(['demo.json']);
  });

  it('to resume from, where there is no run', async () => {
    const out = temporaryFolder();
    expect(refusal(await cli(['train', '--resume', '--out', out]))).toMatch(/no run/);
    writeFileSync(join(out, 'notes.txt'), 'x');
    expect(refusal(await cli(['demo', '--resume', '--corpus', corpus, '--out', out]))).toMatch(
      /no earlier demo/,
    );
  });
});

/** A command run in a mount namespace of its own, with a file system of so many KiB mounted on the folder. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a full disk (skipped where unshare may not mount)', () => {
  it.runIf(canMount()).each([
    ['from the start', 4],
    ['at the first checkpoint', 600],
  ])('%s: says so, and leaves nothing half-written', async (_, kilobytes) => {
    const folder = temporaryFolder();
    const main = new URL('../dist/main.js', import.meta.url).pathname;
    const script = `mount -t tmpfs -o size=${kilobytes}k tmpfs "$1" && "$2" "$3" demo --corpus "$4" --out "$1/out" --steps 2 --batch 2 --sequence 16; code=$?; find "$1" -name '*.tmp' -o -name '.*writing*' -o -name '.saving*' -o -name '*.safetensors'; exit $code`;
    let code = 0;
    let output = '';
    try {
      execFileSync(
        'unshare',
        ['-rm', 'sh', '-c', `${script} 2>&1`, 'sh', folder, process.execPath, main, smallCorpus()],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
    } catch (error) {
      const failed = error as { status: number; stdout: string; stderr: string };
      code = failed.status;
      output = failed.stdout + failed.stderr;
    }
    expect(output).toMatch(/disk is full/);
    expect(output).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
    const left = output.split('\n').filter((line) => line.startsWith(folder));
    expect(left).toEqual([]);
  });
});

describe('a configuration that will not do', () => {
  const config = (value: unknown) => file('config.json', JSON.stringify(value));
  const lookup = { type: 'lookup', tables: 4, bits: 4, block: 8 };
  const model = { hidden_size: 32, num_attention_heads: 2, num_hidden_layers: 1 };
  const withFfn = (change: object) => config({ model: { ...model, ffn: { ...lookup, ...change } } });

  it.each([
    ['tau 0', () => withFfn({ bits: 0 }), /bits is 0/],
    ['tau 31', () => withFfn({ bits: 31 }), /bits is 31/],
    ['a block larger than the padded size', () => withFfn({ block: 64 }), /block is 64.*32/],
    ['a block that is no power of two', () => withFfn({ block: 12 }), /power of two/],
    ['a misspelt key', () => withFfn({ tabels: 4 }), /tabels/],
    [
      "a misspelt key of the model's",
      () => config({ model: { ...model, num_layers: 2 } }),
      /model\.num_layers is not a known key; known are .*num_hidden_layers/,
    ],
    [
      'a misspelt key of the tokenizer',
      () => config({ tokenizer: { vocab: 300 } }),
      /tokenizer .*must be \{ vocabulary: <n> \} or \{ path/,
    ],
    ['an unknown part', () => config({ modle: {} }), /modle.*known.*model/],
    [
      'heads that do not divide',
      () => config({ model: { ...model, num_attention_heads: 5 } }),
      /num_attention_heads/,
    ],
    [
      'a vocabulary of its own',
      () => config({ model: { vocab_size: 9 } }),
      /vocab_size follows from the tokenizer/,
    ],
    ['no JSON', () => file('config.json', '{'), /not JSON/],
    ['no object', () => config(3), /config\.json/],
    ['a misspelt option', () => config({ training: { learningrate: 1 } }), /learningrate/],
    [
      'sequences over the position limit',
      () => config({ model: { max_position_embeddings: 20 }, training: { sequenceLength: 64 } }),
      /sequenceLength is 64.*room for 18/,
    ],
  ])('%s', async (_, make, message) => {
    const out = join(temporaryFolder(), 'out');
    const result = await cli(['train', '--config', make(), '--out', out]);
    expect(refusal(result)).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  it('bench ffn refuses the same sizes', async () => {
    expect(refusal(await cli(['bench', 'ffn', '--tau', '0']))).toMatch(/bits is 0/);
    expect(refusal(await cli(['bench', 'ffn', '--tau', '31']))).toMatch(/bits is 31/);
    expect(refusal(await cli(['bench', 'ffn', '--d', '32', '--block', '64']))).toMatch(/block is 64/);
  });

  it('flags that contradict a run to resume', async () => {
    const result = await cli(['train', '--resume', '--steps', '5', '--out', temporaryFolder()]);
    expect(refusal(result)).toMatch(/--resume.*--steps/s);
  });
});

describe('a model folder that will not do', () => {
  let folder: string;
  beforeAll(async () => {
    folder = join(temporaryFolder(), 'model');
    const config = file(
      'config.json',
      JSON.stringify({
        model: {
          hidden_size: 32,
          num_attention_heads: 2,
          num_hidden_layers: 1,
          ffn: { type: 'lookup', tables: 4, bits: 4, block: 8 },
        },
        tokenizer: { vocabulary: 300 },
      }),
    );
    const made = await cli([
      'train',
      '--config',
      config,
      '--corpus',
      smallCorpus(),
      '--out',
      folder,
      ...quick,
    ]);
    if (made.code !== 0) throw new Error(made.stderr);
  });

  /** A copy of the model with one file changed. */
  function damaged(name: string, change: (path: string) => void): string {
    const copy = temporaryFolder();
    for (const file of ['config.json', 'model.safetensors', 'tokenizer.json']) {
      writeFileSync(join(copy, file), readFileSync(join(folder, file)));
    }
    change(join(copy, name));
    return copy;
  }

  it.each([
    ['is missing', () => join(temporaryFolder(), 'none'), /none.*no such folder/],
    ['is no model folder', () => temporaryFolder(), /no config\.json/],
    [
      'has a cut-off checkpoint',
      () => damaged('model.safetensors', (path) => truncateSync(path, 5000)),
      /model\.safetensors/,
    ],
    [
      'has an empty checkpoint',
      () => damaged('model.safetensors', (path) => truncateSync(path, 0)),
      /model\.safetensors/,
    ],
    [
      'has a cut-off tokenizer',
      () => damaged('tokenizer.json', (path) => truncateSync(path, 1000)),
      /tokenizer\.json/,
    ],
    [
      "has another model's config",
      () =>
        damaged('config.json', (path) => {
          const config = JSON.parse(readFileSync(path, 'utf8'));
          writeFileSync(path, JSON.stringify({ ...config, intermediate_size: 64, hidden_size: 64 }));
        }),
      /shape|\[/,
    ],
  ])('%s: fill-mask and eval say so', async (_, make, message) => {
    const broken = make();
    expect(refusal(await cli(['fill-mask', broken, 'The people must <mask> the Union.']))).toMatch(message);
    expect(refusal(await cli(['eval', broken, '--corpus', smallCorpus()]))).toMatch(message);
  });

  it('text without a mask, no text, and text over the position limit', async () => {
    expect(refusal(await cli(['fill-mask', folder, 'No mask here.']))).toMatch(/no mask/);
    expect(refusal(await cli(['fill-mask', folder]))).toMatch(/no text/);
    const long = `<mask> ${'The people '.repeat(100)}`;
    expect(refusal(await cli(['fill-mask', folder, long]))).toMatch(/at most 16/);
    expect(refusal(await cli(['eval', folder, '--sequence', '64']))).toMatch(/at most 16/);
  });

  it('a cut-off checkpoint of a run to resume', async () => {
    const out = join(temporaryFolder(), 'run');
    const corpus = smallCorpus();
    const made = await cli(['train', '--preset', 'tiny', '--corpus', corpus, '--out', out, ...quick]);
    expect(made.code).toBe(0);
    const checkpoints = join(out, 'training', 'checkpoints');
    const [name] = readdirSync(checkpoints);
    truncateSync(join(checkpoints, name!, 'model.safetensors'), 4000);
    expect(refusal(await cli(['train', '--resume', '--out', out]))).toMatch(
      /model\.safetensors[\s\S]*Remove/,
    );
  });
});
