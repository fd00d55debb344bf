import { describe, expect, it } from 'vitest';
import { cli, refusal } from './cli.js';

const commands = [
  'demo',
  'train',
  'ablate',
  'eval',
  'fill-mask',
  'serve',
  'page',
  'bench ffn',
  'doctor',
  'conformance',
];

describe('the command line', () => {
  it('lists its commands and examples, and exits with 0', async () => {
    const { code, stdout } = await cli(['--help']);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toContain(`  ${command.split(' ')[0]}`);
    expect(stdout).toContain('Examples:');
  });

  it.each(commands)('%s --help has examples and --json', async (command) => {
    const { code, stdout, stderr } = await cli([...command.split(' '), '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:\n  ');
    expect(stdout).toContain('--json');
    expect(stderr).toBe('');
  });

  it('says its version', async () => {
    const { code, stdout } = await cli(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    ['an unknown command', ['trian'], /unknown command 'trian'[\s\S]*train/],
    ['an unknown flag', ['demo', '--step', '2'], /unknown option '--step'[\s\S]*--steps/],
    ['a flag without its value', ['demo', '--steps'], /--steps <n>/],
    ['letters for a number', ['demo', '--steps', 'ten'], /--steps <n>.*'ten'.*whole number/],
    ['a fraction of a step', ['demo', '--steps', '1.5'], /1\.5.*whole number/],
    ['no steps', ['demo', '--steps', '0'], /at least 1/],
    ['an empty number', ['demo', '--minutes', ''], /number/],
    ['endless minutes', ['demo', '--minutes', 'Infinity'], /number/],
    ['a negative thread count', ['doctor', '--threads', '-1'], /at least 1/],
    ['an unknown read', ['bench', 'ffn', '--read', 'triple'], /triple.*single/],
    ['a list with a hole', ['bench', 'ffn', '--tokens', '1,,8'], /--tokens.*whole number/],
    ['a surplus argument', ['doctor', 'please'], /too many arguments/],
    ['no model', ['fill-mask'], /missing required argument 'model'/],
    ['no output folder', ['train'], /--out <folder>/],
    ['an unknown preset', ['train', '--out', 'x', '--preset', 'huge'], /huge.*tiny/],
    ['an unknown backend', ['doctor', '--backend', 'cuda'], /'cuda'.*not registered.*reference/],
  ])('refuses %s', async (_, args, message) => {
    expect(refusal(await cli(args))).toMatch(message);
  });

  it('reports an error as the one JSON document when asked for JSON', async () => {
    const { code, stdout } = await cli(['demo', '--steps', 'ten', '--json']);
    expect(code).toBe(2);
    const { error } = JSON.parse(stdout);
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain('ten');
  });

  it('shows where an error happened only when debugging', async () => {
    const args = ['fill-mask', 'no-such-folder', 'x <mask>'];
    expect((await cli(args)).stderr).not.toMatch(/^\s+at /m);
    expect((await cli(args, { env: { LOOKUPFFN_DEBUG: '1' } })).stderr).toMatch(/^\s+at /m);
  });

  it('shows the commands when given none', async () => {
    const { code, stderr } = await cli([]);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: lookupffn');
  });
});
