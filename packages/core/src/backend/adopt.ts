import { LookupFfnError } from '../errors.js';
import { type LookupFfnConfig, validateLookupFfnConfig } from '../lookup-ffn/config.js';
import { checkedHandle, checkObject, checkSize } from './check-prepared.js';
import type { LinearOptions, LookupFfnOptions, PreparedLinear, PreparedLookupFfn } from './prepared.js';

/** Which of a LookupFFN's optional weights its packed bytes hold. */
export interface LookupFfnParts {
  /** Epsilon of its LayerNorm; absent when it has none. */
  readonly normEpsilon?: number;
  readonly skip: boolean;
  readonly temperature: boolean;
  readonly beta: boolean;
  readonly gamma: boolean;
}

/**
 * Prepared weights from bytes that `Prepared.save` gave, without packing anything. Optional for a backend. Bytes of
 * another length throw `SHAPE_MISMATCH`; bytes of the right length are taken as they are, whatever they hold.
 */
export interface AdoptOps {
  /**
   * Names the layout of the bytes: they may be adopted where it is the same. It differs between instruction sets and
   * releases whose kernels read weights in another order.
   */
  readonly layout: string;
  /**
   * A file as memory that is shared with whoever else maps it; handles adopted from its bytes share it too and keep it
   * as long as they need it. Writing to it changes nobody's but one's own view. Throws `FILE_IO`. Absent where there is
   * no such thing: then the file is read, and handles copy what they adopt.
   */
  mapFile?(path: string): ArrayBuffer;
  /** `bias` says whether the bytes hold one. The dtype is the one the saved handle had. */
  linear(options: LinearOptions, bias: boolean, bytes: Uint8Array): PreparedLinear;
  lookupFfn(
    config: LookupFfnConfig,
    parts: LookupFfnParts,
    options: LookupFfnOptions,
    bytes: Uint8Array,
  ): PreparedLookupFfn;
}

function checkBytes(op: string, bytes: unknown): void {
  if (bytes instanceof Uint8Array) return;
  throw new LookupFfnError('SHAPE_MISMATCH', `${op}: bytes must be a Uint8Array.`, { op, argument: 'bytes' });
}

/** The same with arguments checked, behind `guard`, which throws once the backend is disposed. */
export function checkedAdopt(adopt: AdoptOps, guard: () => void): AdoptOps {
  return {
    layout: adopt.layout,
    ...(adopt.mapFile && {
      mapFile(path) {
        guard();
        return adopt.mapFile!(path);
      },
    }),
    linear(options, bias, bytes) {
      guard();
      checkObject('adopt.linear', 'options', options);
      checkSize('adopt.linear', 'in', options.in, 1);
      checkSize('adopt.linear', 'out', options.out, 1);
      checkBytes('adopt.linear', bytes);
      return checkedHandle('linear', adopt.linear(options, bias, bytes), options.in, options.out);
    },
    lookupFfn(config, parts, options, bytes) {
      guard();
      checkObject('adopt.lookupFfn', 'config', config);
      checkObject('adopt.lookupFfn', 'parts', parts);
      validateLookupFfnConfig(config);
      checkBytes('adopt.lookupFfn', bytes);
      const handle = adopt.lookupFfn(config, parts, options, bytes);
      return checkedHandle('LookupFFN', handle, config.hidden, config.out);
    },
  };
}
