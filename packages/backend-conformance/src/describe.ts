import type { Backend, BackendFactory } from '@lookupffn/core';
import { conformanceCases } from './cases.js';
import { goldenConformanceCases } from './golden/cases.js';
import { type ConformanceOptions, checkSkips, matches, runCase } from './run.js';

/** What the kit needs of a test framework; vitest, jest and mocha have it. */
export interface TestFramework {
  describe(name: string, body: () => void): void;
  it: ((name: string, body: () => void | Promise<void>) => void) & {
    skip(name: string, body: () => void): void;
  };
}

function isFactory(given: Backend | BackendFactory): given is BackendFactory {
  return 'probe' in given;
}

/**
 * Registers one test per case with the framework given, e.g. `describeConformance({ describe, it }, factory)`. A
 * factory's backend is created by the first test and lives as long as the process. Golden files are read
 * asynchronously, so pass `goldenCases: await readGoldenCases(folder)`.
 */
export function describeConformance(
  { describe, it }: TestFramework,
  given: Backend | BackendFactory,
  options: Omit<ConformanceOptions, 'goldenFolders' | 'onResult'> = {},
): void {
  const { filter, skip = [] } = options;
  checkSkips(skip);
  let created: Promise<Backend> | undefined;
  const backend = () => {
    created ??= isFactory(given) ? given.create() : Promise.resolve(given);
    return created;
  };
  const name = isFactory(given) ? given.name : given.info.name;
  describe(`conformance of backend '${name}'`, () => {
    for (const one of [...conformanceCases, ...goldenConformanceCases(options.goldenCases ?? [])]) {
      if (filter && !(typeof filter === 'function' ? filter(one) : matches(filter, one.name))) continue;
      const rule = skip.find(({ pattern }) => matches(pattern, one.name));
      if (rule) {
        it.skip(`${one.name} (${rule.reason})`, () => {});
        continue;
      }
      it(one.name, async () => {
        const { problems } = runCase(one, await backend());
        if (problems.length > 0) throw new Error(problems.join('\n'));
      });
    }
  });
}
