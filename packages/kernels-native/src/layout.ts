import { crc32 } from 'node:zlib';
import type { LookupFfnConfig, PrepareOps } from '@lookupffn/core';

/** Raised by hand when a layout changes in a way that the small weights below do not show. */
const layoutVersion = 1;

/** Numbers without a pattern that a transposition would keep. */
function numbers(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => ((i * 2_654_435_761) % 4093) / 4093 - 0.5);
}

const shape: LookupFfnConfig = {
  hidden: 40,
  out: 24,
  tables: 5,
  bits: 3,
  projection: 'bh4',
  block: 16,
  stages: 2,
  read: 'single',
};

/**
 * Names the layout of packed weights: what packing small weights gives, as a checksum. A change of the kernels that
 * moves anything changes the name by itself, so that no file of another release is taken for one of this.
 */
export function layoutName(isa: string, prepare: PrepareOps): string {
  const { hidden, out, tables, bits } = shape;
  const rest = {
    projectionBias: numbers(tables * bits),
    tables: numbers(tables * 2 ** bits * out),
    bias: numbers(out),
    skip: numbers(out * hidden),
  };
  const bh4 = { ...rest, projectionWeight: numbers(2 * 64 * 16) };
  const dense = { ...rest, projectionWeight: numbers(tables * bits * hidden) };
  const linear = (dtype: 'f32' | 'int8') =>
    prepare.linear({ in: hidden, out, dtype }, numbers(out * hidden), numbers(out));
  const handles = [
    linear('f32'),
    linear('int8'),
    prepare.lookupFfn({ ...shape, projection: 'dense' }, dense),
    ...(['f32', 'bf16', 'f16', 'int8', 'int4'] as const).map((tableDtype) =>
      prepare.lookupFfn(shape, bh4, { tableDtype }),
    ),
    prepare.lookupFfn(shape, bh4, { projectionDtype: 'bf16' }),
    prepare.lookupFfn(shape, bh4, { skipDtype: 'int8' }),
  ];
  let checksum = 0;
  for (const handle of handles) {
    checksum = crc32(handle.save!(), checksum);
    handle.dispose();
  }
  return `native-${isa}-${layoutVersion}-${checksum.toString(16).padStart(8, '0')}`;
}
