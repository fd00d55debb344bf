import { TokenizerError } from '../errors.js';

/** A JSON object whose fields are read with checks; `where` names it in messages. */
export class Fields {
  readonly where: string;
  readonly #fields: Record<string, unknown>;

  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid(`${where} must be an object, not ${describe(value)}.`);
    }
    this.where = where;
    this.#fields = value as Record<string, unknown>;
  }

  get type(): string {
    return this.string('type');
  }

  /** The field as it is; undefined when absent or null. */
  raw(name: string): unknown {
    return this.#fields[name] ?? undefined;
  }

  object(name: string): Fields {
    return new Fields(this.#fields[name], `${this.where}.${name}`);
  }

  optionalObject(name: string): Fields | undefined {
    return this.raw(name) === undefined ? undefined : this.object(name);
  }

  array(name: string): unknown[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw this.#wrong(name, 'an array', value);
    return value;
  }

  objects(name: string): Fields[] {
    return this.array(name).map((value, i) => new Fields(value, `${this.where}.${name}[${i}]`));
  }

  string(name: string, fallback?: string): string {
    const value = this.raw(name) ?? fallback;
    if (typeof value !== 'string') throw this.#wrong(name, 'a string', value);
    return value;
  }

  optionalString(name: string): string | undefined {
    return this.raw(name) === undefined ? undefined : this.string(name);
  }

  boolean(name: string, fallback?: boolean): boolean {
    const value = this.raw(name) ?? fallback;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false', value);
    return value;
  }

  /** A whole number, zero or more. */
  count(name: string, fallback?: number): number {
    const value = this.raw(name) ?? fallback;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw this.#wrong(name, 'a whole number, zero or more', value);
    }
    return value;
  }

  /** One of the given words. */
  choice<T extends string>(name: string, choices: Record<string, T>, fallback?: string): T {
    const value = this.string(name, fallback);
    if (!Object.hasOwn(choices, value)) {
      throw this.#wrong(name, `one of ${Object.keys(choices).join(', ')}`, value);
    }
    return choices[value];
  }

  #wrong(name: string, wanted: string, value: unknown): TokenizerError {
    return invalid(`${this.where}.${name} must be ${wanted}, not ${describe(value)}.`);
  }
}

export function invalid(message: string): TokenizerError {
  return new TokenizerError('INVALID_TOKENIZER', message);
}

export function unsupported(component: string, why: string): TokenizerError {
  return new TokenizerError('UNSUPPORTED_COMPONENT', `${component} is not supported: ${why}`, { component });
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
