import { LookupFfnError } from '../errors.js';
import { referenceGrad, referenceOps, referenceOptim } from '../reference/ops.js';
import { type AdoptOps, checkedAdopt } from './adopt.js';
import { BACKEND_API_VERSION, type Backend, type BackendInfo, type RooflineOps } from './backend.js';
import { checkArguments, checkFloats } from './check.js';
import { checkedPrepare } from './check-prepared.js';
import { composePrepare } from './compose.js';
import type { ForwardOps, GradOps } from './ops.js';
import type { OptimOps } from './optim-ops.js';
import type { PrepareOps } from './prepared.js';
import { type AnySignature, forwardSignatures, gradSignatures, optimSignatures } from './signatures.js';

/** What a backend author writes: a name and any subset of the operations. */
export interface BackendDefinition {
  readonly name: string;
  readonly isa?: string;
  readonly threads?: number;
  /** Default 1e-5; see BackendInfo. */
  readonly tolerance?: number;
  readonly ops?: Partial<ForwardOps>;
  readonly grad?: Partial<GradOps>;
  readonly optim?: Partial<OptimOps>;
  readonly prepare?: Partial<PrepareOps>;
  /** All of it or nothing; only for a backend whose own `prepare` gives handles with `save`. */
  readonly adopt?: AdoptOps;
  scratchBytes?(): number;
  readonly roofline?: RooflineOps;
  /** Frees what the backend holds; called once. */
  dispose?(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: groups of operations are walked by name here.
type Operation = (...args: any[]) => unknown;
type Group = Record<string, Operation>;

const groupNames = {
  ops: Object.keys(forwardSignatures),
  grad: Object.keys(gradSignatures),
  optim: [...Object.keys(optimSignatures), 'sumOfSquares'],
  prepare: ['linear', 'lookupFfn'],
} as const;

/** Refuses misspelt and non-function operations: a typo must not silently run the reference instead. */
function checkDefinition(definition: BackendDefinition): void {
  if (typeof definition.name !== 'string' || definition.name === '') {
    throw new LookupFfnError('BACKEND_INVALID', 'defineBackend: a backend needs a name.');
  }
  for (const [group, names] of Object.entries(groupNames) as [keyof typeof groupNames, readonly string[]][]) {
    for (const [name, op] of Object.entries(definition[group] ?? {})) {
      if (!names.includes(name)) {
        throw new LookupFfnError(
          'BACKEND_INVALID',
          `Backend '${definition.name}' defines ${group}.${name}, which is not an operation. Known: ${names.join(', ')}.`,
          { backend: definition.name, operation: `${group}.${name}` },
        );
      }
      if (op !== undefined && typeof op !== 'function') {
        throw new LookupFfnError(
          'BACKEND_INVALID',
          `Backend '${definition.name}': ${group}.${name} is not a function.`,
        );
      }
    }
  }
}

function guardedRoofline(roofline: RooflineOps, guard: () => void): RooflineOps {
  return {
    multiplyAdds(rounds) {
      guard();
      return roofline.multiplyAdds(rounds);
    },
    read(x, times) {
      guard();
      checkFloats('roofline.read', 'x', x);
      roofline.read(x, times);
    },
  };
}

/**
 * Makes a complete, checked backend of a partial one. Missing forward, backward and optimiser operations come from
 * the reference; missing prepared ones are composed from this backend's own forward operations. Every operation
 * checks its arguments against the one list of signatures before the backend sees them, so that a kernel may trust
 * its lengths and ids. Throws `BACKEND_INVALID` for a definition that names an unknown operation.
 */
export function defineBackend(definition: BackendDefinition): Backend {
  checkDefinition(definition);
  const own: string[] = [];
  const filled: string[] = [];
  let disposed = false;

  const guard = (): void => {
    if (disposed) {
      throw new LookupFfnError('DISPOSED', `Backend '${definition.name}' was used after dispose().`);
    }
  };

  function complete(
    group: keyof typeof groupNames,
    reference: object,
    signatures: Record<string, AnySignature>,
  ): Group {
    const given = (definition[group] ?? {}) as Partial<Group>;
    const result: Group = {};
    for (const name of groupNames[group]) {
      const op = given[name] ?? (reference as Group)[name]!;
      (given[name] ? own : filled).push(`${group}.${name}`);
      const label = `${group}.${name}`;
      const signature = signatures[name];
      result[name] = signature
        ? (shape, ...args) => {
            guard();
            checkArguments(label, signature, shape, args);
            return op(shape, ...args);
          }
        : (...args) => {
            guard();
            return op(...args);
          };
    }
    return result;
  }

  const ops = complete('ops', referenceOps, forwardSignatures) as unknown as ForwardOps;
  const grad = complete('grad', referenceGrad, gradSignatures) as unknown as GradOps;
  const unchecked = complete('optim', referenceOptim, optimSignatures) as unknown as OptimOps;
  const optim: OptimOps = {
    ...unchecked,
    sumOfSquares(x) {
      checkFloats('optim.sumOfSquares', 'x', x);
      return unchecked.sumOfSquares(x);
    },
  };
  const prepare = checkedPrepare(complete('prepare', composePrepare(ops), {}) as unknown as PrepareOps);

  const info: BackendInfo = {
    name: definition.name,
    apiVersion: BACKEND_API_VERSION,
    isa: definition.isa ?? 'js',
    threads: definition.threads ?? 1,
    tolerance: definition.tolerance ?? 1e-5,
    own,
    filled,
  };
  return {
    info,
    ops,
    grad,
    optim,
    prepare,
    ...(definition.adopt && { adopt: checkedAdopt(definition.adopt, guard) }),
    ...(definition.scratchBytes && {
      scratchBytes() {
        guard();
        return definition.scratchBytes!();
      },
    }),
    ...(definition.roofline && { roofline: guardedRoofline(definition.roofline, guard) }),
    dispose() {
      if (disposed) return;
      disposed = true;
      definition.dispose?.();
    },
  };
}
