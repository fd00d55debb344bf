import type { Command } from 'commander';
import { type Diagnosis, examine } from '../doctor/examine.js';
import { type BackendFlags, resolveOptions, withBackendFlags } from '../ui/backend-flags.js';
import { bytes } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';
import { newCommand } from './command.js';

/** `lookupffn doctor`: exit code 1 when nothing runs. */
export function doctorCommand(io: Io): Command {
  const command = newCommand(
    'doctor',
    'Show every backend: whether it runs here, whether it is chosen, and why.',
    ['lookupffn doctor', 'LOOKUPFFN_BACKEND=wasm lookupffn doctor --json'],
  );
  return withBackendFlags(command).action(async (flags: BackendFlags) => {
    const diagnosis = await examine(resolveOptions(flags));
    io.document(diagnosis);
    io.print(doctorText(io, diagnosis));
    if (!diagnosis.chosen) io.exitCode = 1;
  });
}

function doctorText(
  { colours }: Io,
  { machine, tools, environment, backends, choice, advice }: Diagnosis,
): string {
  const facts = [
    [
      'machine',
      `${machine.cpu}, ${machine.cpus} CPUs for this process, ${bytes(machine.memoryBytes)} memory`,
    ],
    ['system', `${machine.platform}, Node ${machine.node}`],
    ...tools.map((tool) => [tool.name, tool.version ?? 'not found']),
    ...Object.entries(environment),
  ] as const;
  const rows = backends.map(({ name, ok, chosen, isa, info, priority }) => [
    name,
    ok ? colours.green('runs') : colours.red('no'),
    chosen && ok ? colours.bold('chosen') : '',
    info?.isa ?? isa ?? '-',
    info ? String(info.threads) : '-',
    info ? `${info.own.length} of ${info.own.length + info.filled.length}` : '-',
    String(priority),
  ]);
  const width = Math.max(...facts.map(([name]) => name!.length));
  return [
    ...facts.map(([name, value]) => `${name!.padEnd(width)}  ${value}`),
    '',
    table(['backend', '', '', 'ISA', 'threads', 'own operations', 'priority'], rows, colours, [
      'left',
      'left',
      'left',
      'left',
      'right',
      'right',
      'right',
    ]),
    '',
    ...backends.map(({ name, reason }) => `${name}: ${reason}`),
    '',
    choice,
    ...(advice.length > 0 ? ['', colours.bold('What to do'), ...advice.map((line) => `- ${line}`)] : []),
  ].join('\n');
}
