import { LookupFfnError } from '@lookupffn/core';
import { type ParameterSpec, parameterSpecs, tiedParameters } from '../model/parameters.js';
import { type ParameterSource, type SourceParameter, shapeLength } from '../weights/source.js';
import type { PackedModel, PackedModule } from './types.js';

/** A packed model's plain tensors by name, the shapes of all its parameters, and its packed modules. */
export class PackedSource implements ParameterSource {
  readonly model: PackedModel;
  readonly #specs: ReadonlyMap<string, ParameterSpec>;
  readonly #tied: ReadonlyMap<string, string>;
  readonly #modules: ReadonlyMap<string, PackedModule>;

  constructor(model: PackedModel) {
    this.model = model;
    this.#tied = tiedParameters(model.config);
    this.#specs = new Map(parameterSpecs(model.config).map((spec) => [spec.name, spec]));
    this.#modules = new Map(model.modules.map((module) => [`${module.activation} ${module.name}`, module]));
  }

  /** Shape and kind of a parameter that the config asks for, whether or not its plain values are here. */
  spec(name: string): ParameterSpec | undefined {
    return this.#specs.get(this.#tied.get(name) ?? name);
  }

  /** `[out, in]` of a matrix. Throws `FILE_CORRUPT` for a name that the config does not ask for. */
  matrix(name: string): readonly [number, number] {
    const [out, inSize] = this.spec(name)?.shape ?? [];
    if (out !== undefined && inSize !== undefined) return [out, inSize];
    throw new LookupFfnError(
      'FILE_CORRUPT',
      `${this.model.file} holds '${name}', which its config does not ask for. Make it again with \`lookupffn pack\`.`,
      { file: this.model.file, tensor: name },
    );
  }

  /** Throws `FILE_CORRUPT` when the file lacks it. */
  module(name: string, activation: PackedModule['activation']): PackedModule {
    const found = this.#modules.get(`${activation} ${name}`);
    if (found) return found;
    throw new LookupFfnError(
      'FILE_CORRUPT',
      `${this.model.file} has no packed module '${name}' (${activation}), which its config asks for. Make it again with \`lookupffn pack\`.`,
      { file: this.model.file, module: name },
    );
  }

  find(name: string): SourceParameter | undefined {
    const spec = this.spec(name);
    return spec && this.model.tensors.has(spec.name) ? this.get(name) : undefined;
  }

  /** Only lengths are looked at: the values were checked when the file was made, and reading them all takes time. */
  get(name: string): SourceParameter {
    const spec = this.spec(name);
    const data = spec && this.model.tensors.get(spec.name);
    if (data && data.length === shapeLength(spec.shape)) return { ...spec, data };
    throw new LookupFfnError(
      'FILE_CORRUPT',
      `${this.model.file} has no tensor '${name}' of the shape that its config asks for. Make it again with \`lookupffn pack\`.`,
      { file: this.model.file, tensor: name },
    );
  }

  /** Nothing: all of it is in use. */
  clear(): void {}
}
