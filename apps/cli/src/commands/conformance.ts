import {
  type ConformanceReport,
  type ConformanceResult,
  runConformance,
} from '@lookupffn/backend-conformance';
import type { Command } from 'commander';
import { groupBy } from '../group-by.js';
import { kernelOf, kernelText } from '../model/kernel.js';
import { type BackendFlags, openBackend, withBackendFlags } from '../ui/backend-flags.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';
import { newCommand } from './command.js';

interface ConformanceFlags extends BackendFlags {
  readonly cases?: string;
  readonly filter?: string;
}

/** `lookupffn conformance`: exit code 1 when a case fails. */
export function conformanceCommand(io: Io): Command {
  const command = newCommand(
    'conformance',
    'Check a backend against the reference, operation by operation, and against golden cases.',
    [
      'lookupffn conformance',
      'lookupffn conformance --backend wasm --cases fixtures/lookup-ffn',
      'lookupffn conformance --filter "ops.linear" --json',
    ],
  )
    .option('--cases <folder>', 'golden cases (*.safetensors) to check besides the built-in list')
    .option('--filter <text>', 'only cases whose name contains this');
  return withBackendFlags(command).action(async (flags: ConformanceFlags) => {
    const backend = await openBackend(flags);
    try {
      const kernel = kernelOf(backend.info);
      let done = 0;
      const report = await runConformance(backend, {
        ...(flags.filter === undefined ? {} : { filter: flags.filter }),
        ...(flags.cases === undefined ? {} : { goldenFolders: [flags.cases] }),
        onResult: ({ name }) => io.progress.update(() => `${++done} cases; ${name}`),
      });
      io.document({ ...report, threads: kernel.threads });
      io.print(reportText(io, report, kernelText(kernel)));
      if (report.failed > 0) io.exitCode = 1;
    } finally {
      backend.dispose();
    }
  });
}

function reportText({ colours }: Io, report: ConformanceReport, kernel: string): string {
  const rows = [...groupBy(report.cases, ({ group, op }) => `${group} ${op}`)].map(([key, results]) => {
    const count = (status: ConformanceResult['status']) => results.filter((r) => r.status === status).length;
    const failed = count('failed');
    const worst = results.reduce((a, b) => (b.maxError / b.tolerance > a.maxError / a.tolerance ? b : a));
    return [
      key,
      results[0]!.own ? 'own' : 'filled in',
      String(count('passed')),
      failed > 0 ? colours.red(String(failed)) : '0',
      String(count('skipped')),
      worst.maxError.toExponential(1),
      worst.tolerance.toExponential(1),
    ];
  });
  const named = (status: ConformanceResult['status'], title: string) =>
    report.cases
      .filter((result) => result.status === status)
      .map((result) => `${title} ${result.name}: ${result.reason}`);
  return [
    kernel,
    '',
    table(['cases', 'operation', 'passed', 'failed', 'skipped', 'error', 'tolerance'], rows, colours, [
      'left',
      'left',
      'right',
      'right',
      'right',
      'right',
      'right',
    ]),
    '',
    ...named('skipped', 'skipped'),
    ...named('failed', colours.red('FAILED')),
    `${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`,
  ].join('\n');
}
