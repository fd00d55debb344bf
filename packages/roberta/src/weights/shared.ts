/**
 * The array on shared memory, so that threads read one copy: itself if it is there already or where there is none
 * (browsers without cross-origin isolation).
 */
export function toShared(data: Float32Array): Float32Array {
  if (typeof SharedArrayBuffer === 'undefined' || data.buffer instanceof SharedArrayBuffer) return data;
  const shared = new Float32Array(new SharedArrayBuffer(data.byteLength));
  shared.set(data);
  return shared;
}
