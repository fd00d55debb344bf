import { describeChoice, explainBackends, resolveBackend } from '@lookupffn/auto';
import type { BackendExplanation, BackendInfo, ResolveOptions } from '@lookupffn/core';
import { type Machine, machine } from './machine.js';
import { buildTools, type Tool } from './tools.js';

export interface BackendDiagnosis extends BackendExplanation {
  /** What it says of itself once created; absent when it cannot run, or failed to start. */
  readonly info?: BackendInfo;
}

export interface Diagnosis {
  readonly machine: Machine;
  readonly tools: readonly Tool[];
  /** Variables of ours that are set. */
  readonly environment: Readonly<Record<string, string>>;
  readonly backends: readonly BackendDiagnosis[];
  /** Name of the backend that commands would use. */
  readonly chosen: string | null;
  /** Why that one, and why not those before it. */
  readonly choice: string;
  readonly advice: readonly string[];
}

/** A probe is cheap and may be too hopeful: the diagnosis starts each backend to see. */
async function start(found: BackendExplanation, options: ResolveOptions): Promise<BackendDiagnosis> {
  if (!found.ok) return found;
  try {
    const backend = await resolveBackend({ ...options, require: found.name });
    const { info } = backend;
    backend.dispose();
    return { ...found, info };
  } catch (error) {
    const reason = `it looked able to run, but did not start: ${(error as Error).message}`;
    return { ...found, ok: false, reason };
  }
}

function advise(
  backends: readonly BackendDiagnosis[],
  tools: readonly Tool[],
  chosen: string | null,
): string[] {
  const advice: string[] = [];
  const forced = process.env.LOOKUPFFN_BACKEND;
  const native = backends.find((backend) => backend.name === 'native');
  if (!chosen && forced) {
    advice.push(
      `LOOKUPFFN_BACKEND=${forced} names a backend that does not run here. Unset it, or mend what its line says.`,
    );
  } else if (!chosen) {
    advice.push('No backend runs here. The lines above say what each lacks.');
  }
  if (native && !native.ok) {
    const missing = tools.filter((tool) => !tool.version).map((tool) => tool.name);
    advice.push(
      missing.length > 0
        ? `The native kernels are compiled at install and need: ${missing.join(', ')}. Install that and build again.`
        : 'The tools to compile the native kernels are here: build again (pnpm build), and see what it says.',
    );
  }
  if (chosen === 'reference') {
    advice.push('The reference backend is made to be read and checked against; it is slow.');
  }
  return advice;
}

/** Looks at the machine and tries every backend. */
export async function examine(options: ResolveOptions): Promise<Diagnosis> {
  const explained = await explainBackends(options);
  const backends: BackendDiagnosis[] = [];
  for (const found of explained) backends.push(await start(found, options));
  const tools = await buildTools();
  const chosen = backends.find((backend) => backend.chosen && backend.ok)?.name ?? null;
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name.startsWith('LOOKUPFFN_')),
  ) as Record<string, string>;
  return {
    machine: machine(),
    tools,
    environment,
    backends,
    chosen,
    choice: await describeChoice(options),
    advice: advise(backends, tools, chosen),
  };
}
