import { LookupFfnError } from '../errors.js';
import {
  BACKEND_API_VERSION,
  type Backend,
  type BackendFactory,
  type BackendOptions,
  type ProbeResult,
} from './backend.js';

// Two copies of core can be loaded (ESM and CommonJS, or two versions): they must see one registry.
const registryKey = Symbol.for('lookupffn.registry');

interface Registry {
  readonly apiVersion: number;
  readonly factories: Map<string, BackendFactory>;
}

function registry(): Registry {
  const holder = globalThis as { [registryKey]?: Registry };
  holder[registryKey] ??= { apiVersion: BACKEND_API_VERSION, factories: new Map() };
  const found = holder[registryKey];
  if (found.apiVersion !== BACKEND_API_VERSION) {
    throw new LookupFfnError(
      'API_VERSION_MISMATCH',
      `Two copies of @lookupffn/core are loaded, with backend API ${found.apiVersion} and ${BACKEND_API_VERSION}. Install one version of @lookupffn/core.`,
    );
  }
  return found;
}

/** Makes a backend known; a later one of the same name replaces the earlier. Throws `API_VERSION_MISMATCH`. */
export function registerBackend(factory: BackendFactory): void {
  if (factory.apiVersion !== BACKEND_API_VERSION) {
    throw new LookupFfnError(
      'API_VERSION_MISMATCH',
      `Backend '${factory.name}' was written for backend API ${factory.apiVersion}; this core has ${BACKEND_API_VERSION}. Update the older of the two.`,
      { backend: factory.name },
    );
  }
  registry().factories.set(factory.name, factory);
}

/** Registered factories, highest priority first; equal priorities by name. */
export function registeredBackends(): BackendFactory[] {
  return [...registry().factories.values()].sort(
    (a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1),
  );
}

export interface BackendExplanation {
  readonly name: string;
  readonly priority: number;
  readonly ok: boolean;
  readonly reason: string;
  readonly isa?: string;
  readonly chosen: boolean;
}

export interface ResolveOptions extends BackendOptions {
  /** Try this one first, then the others by priority. */
  readonly prefer?: string;
  /** This one or an error; nobody falls back in silence. */
  readonly require?: string;
}

/** A probe that throws breaks its contract; the throw becomes the reason. */
async function probe(factory: BackendFactory): Promise<ProbeResult> {
  try {
    return await factory.probe();
  } catch (error) {
    return {
      ok: false,
      reason: `its probe threw: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function environmentBackend(): string | undefined {
  const name = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env
    ?.LOOKUPFFN_BACKEND;
  return name === '' ? undefined : name;
}

function requiredName(options: ResolveOptions): { name: string; by: string } | undefined {
  if (options.require) return { name: options.require, by: 'the caller' };
  // An explicit preference is an argument, and arguments come before the environment.
  if (options.prefer) return undefined;
  const name = environmentBackend();
  return name ? { name, by: 'LOOKUPFFN_BACKEND' } : undefined;
}

function ordered(options: ResolveOptions): BackendFactory[] {
  const all = registeredBackends();
  const required = requiredName(options);
  if (required) {
    const factory = all.find((f) => f.name === required.name);
    if (!factory) {
      throw new LookupFfnError(
        'BACKEND_UNAVAILABLE',
        `Backend '${required.name}', asked for by ${required.by}, is not registered. Registered: ${all.map((f) => f.name).join(', ') || 'none; import @lookupffn/auto to register those of this project'}.`,
        { backend: required.name },
      );
    }
    return [factory];
  }
  return options.prefer
    ? [...all.filter((f) => f.name === options.prefer), ...all.filter((f) => f.name !== options.prefer)]
    : all;
}

/** Every registered backend: whether it runs here and why, and which one `resolveBackend` would choose. */
export async function explainBackends(options: ResolveOptions = {}): Promise<BackendExplanation[]> {
  const candidates = ordered(options);
  const probes = new Map<BackendFactory, ProbeResult>();
  for (const factory of registeredBackends()) probes.set(factory, await probe(factory));
  const chosen = candidates.find((factory) => probes.get(factory)!.ok);
  return [...probes].map(([factory, result]) => ({
    name: factory.name,
    priority: factory.priority,
    ...result,
    chosen: factory === chosen,
  }));
}

/**
 * The factory to use, without creating it. Order: `require`, `prefer`, `LOOKUPFFN_BACKEND`, priority. Rejects with
 * `BACKEND_UNAVAILABLE`, listing why each candidate cannot run.
 */
export async function resolveFactory(options: ResolveOptions = {}): Promise<BackendFactory> {
  const failures: string[] = [];
  for (const factory of ordered(options)) {
    const result = await probe(factory);
    if (result.ok) return factory;
    failures.push(`${factory.name}: ${result.reason}`);
  }
  throw new LookupFfnError(
    'BACKEND_UNAVAILABLE',
    failures.length > 0
      ? `No backend can run here.\n  ${failures.join('\n  ')}`
      : 'No backend is registered. Import @lookupffn/auto, or call registerBackend() with one of your own.',
    { failures },
  );
}

/** Resolves and creates a backend; see `resolveFactory` for the order. */
export async function resolveBackend(options: ResolveOptions = {}): Promise<Backend> {
  const { prefer: _prefer, require: _require, ...backendOptions } = options;
  return (await resolveFactory(options)).create(backendOptions);
}
