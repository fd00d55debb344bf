import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { isasOf, kernels } from '../scripts/native-sources.mjs';
import { addon, isas } from './backends.js';

const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

it('what is built is the table of scripts/native-sources.mjs, best first, and what runs is its lower end', () => {
  const table = Object.keys(isasOf(process.arch)).reverse();
  expect(addon.built()).toEqual(table);
  expect(table.slice(-addon.isas().length)).toEqual(addon.isas());
});

it('binding.gyp builds each once', () => {
  const gyp = readFileSync(file('binding.gyp'), 'utf8');
  const built = [...gyp.matchAll(/'isa': '(\w+)'/g)].map((match) => match[1]);
  const linked = [...gyp.matchAll(/'kernels_(\w+)'/g)].map((match) => match[1]);
  const wanted = [...new Set(Object.values(kernels).flatMap((table) => Object.keys(table)))];
  expect(built.sort()).toEqual(wanted.sort());
  expect(linked.sort()).toEqual(wanted);
});

it('scripts/each-isa.mjs runs a command on each, and ends where one fails', () => {
  const each = (program: string) =>
    spawnSync(process.execPath, [file('scripts/each-isa.mjs'), process.execPath, '-e', program], {
      encoding: 'utf8',
      env: { ...process.env, LOOKUPFFN_ISA: isas[0] },
    });
  const said = each('console.log("on " + process.env.LOOKUPFFN_ISA)');
  expect(said.stdout.match(/(?<=^on ).*/gm)).toEqual(addon.isas());
  expect(said.status).toBe(0);
  expect(each('process.exit(process.env.LOOKUPFFN_ISA === "scalar" ? 3 : 0)').status).toBe(3);
});
