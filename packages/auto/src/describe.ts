import { type BackendExplanation, explainBackends, type ResolveOptions } from '@lookupffn/core';

/** Who decides, when it is not priority; the same order as `resolveBackend`. */
function asker(options: ResolveOptions): { name: string; by: string } | undefined {
  if (options.require) return { name: options.require, by: 'the caller' };
  if (options.prefer) return { name: options.prefer, by: 'the caller' };
  const name = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env
    ?.LOOKUPFFN_BACKEND;
  return name ? { name, by: 'LOOKUPFFN_BACKEND' } : undefined;
}

function withIsa({ name, isa }: BackendExplanation): string {
  return isa ? `${name} (${isa})` : name;
}

/** A reason as the end of a line; one that lists things below itself keeps its own ending. */
function ended(reason: string): string {
  const text = reason.trimEnd();
  return /[.!?]$/.test(text) || text.includes('\n') ? text : `${text}.`;
}

/**
 * Which backend `resolveBackend` would choose with these options and why; for each that comes before it, why not, and
 * what to do. Several lines of plain text. A required backend that cannot run is described, not thrown; one that nobody
 * registered rejects with `BACKEND_UNAVAILABLE`.
 */
export async function describeChoice(options: ResolveOptions = {}): Promise<string> {
  const all = await explainBackends(options);
  const asked = asker(options);
  const chosen = all.find((one) => one.chosen);
  if (!chosen) {
    // A preference lets every other one try too; a requirement lets none.
    const alone = asked !== undefined && (options.require !== undefined || options.prefer === undefined);
    const failed = all.filter((one) => !alone || one.name === asked.name);
    const head = alone ? `${asked.name} was asked for by ${asked.by} and` : 'what is registered';
    return [
      `No backend: ${head} cannot run here.`,
      ...failed.map(({ name, reason }) => `  ${name}: ${ended(reason)}`),
    ].join('\n');
  }
  const why = asked?.name === chosen.name ? `asked for by ${asked.by}` : 'the fastest that runs here';
  const lines = [`Backend ${withIsa(chosen)}, ${why}: ${ended(chosen.reason)}`];
  for (const one of all) {
    const before = one.priority > chosen.priority || (one.name === asked?.name && !one.chosen);
    if (!before) continue;
    lines.push(
      one.ok
        ? `  ${withIsa(one)} runs here too and is faster; it is not used because ${chosen.name} was asked for.`
        : `  ${one.name} is not used: ${ended(one.reason)}`,
    );
  }
  return lines.join('\n');
}
