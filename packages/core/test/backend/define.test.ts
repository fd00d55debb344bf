import { describe, expect, it, vi } from 'vitest';
import { type BackendDefinition, defineBackend } from '../../src/backend/define.js';
import { referenceOps } from '../../src/reference/ops.js';

const shape = { size: 2 };
const two = () => new Float32Array(2);

describe('defineBackend', () => {
  it('fills what is missing from the reference, and says so', () => {
    const backend = defineBackend({
      name: 'half',
      isa: 'abacus',
      threads: 3,
      tolerance: 1e-3,
      ops: { gelu: (_, __, y) => void y.fill(42) },
      grad: { gelu: (_, __, ___, dx) => void dx.fill(7) },
      optim: { sumOfSquares: () => -1 },
    });
    expect(backend.info).toMatchObject({ name: 'half', isa: 'abacus', threads: 3, tolerance: 1e-3 });
    expect([...backend.info.own].sort()).toEqual(['grad.gelu', 'ops.gelu', 'optim.sumOfSquares']);
    expect(backend.info.filled).toEqual(expect.arrayContaining(['ops.add', 'grad.read', 'optim.adamw']));
    expect(backend.info.filled).not.toContain('ops.gelu');

    const y = two();
    backend.ops.gelu(shape, two(), y);
    expect([...y]).toEqual([42, 42]);
    backend.grad.gelu(shape, two(), two(), y);
    expect([...y]).toEqual([7, 7]);
    expect(backend.optim.sumOfSquares(two())).toBe(-1);
    backend.ops.add(shape, Float32Array.of(1, 2), Float32Array.of(3, 4), y);
    expect([...y]).toEqual([4, 6]);
  });

  it('has defaults, and takes undefined for an operation as absent', () => {
    const backend = defineBackend({ name: 'empty', ops: { gelu: undefined } });
    expect(backend.info).toMatchObject({ isa: 'js', threads: 1, tolerance: 1e-5, own: [] });
    expect(backend.info.filled).toContain('ops.gelu');
  });

  it.each([
    ['a misspelt forward operation', { name: 'x', ops: { layernorm: () => {} } }, 'ops.layernorm'],
    ['a misspelt gradient', { name: 'x', grad: { add: () => {} } }, 'grad.add'],
    ['a misspelt optimiser operation', { name: 'x', optim: { adam: () => {} } }, 'optim.adam'],
    ['a misspelt prepared operation', { name: 'x', prepare: { lookupFFN: () => {} } }, 'prepare.lookupFFN'],
    ['an operation that is no function', { name: 'x', ops: { gelu: 3 } }, 'ops.gelu'],
    ['no name', { ops: {} }, 'name'],
    ['an empty name', { name: '' }, 'name'],
  ])('refuses %s', (_, definition, says) => {
    expect(() => defineBackend(definition as unknown as BackendDefinition)).toThrow(
      expect.objectContaining({ code: 'BACKEND_INVALID', message: expect.stringContaining(says) }),
    );
  });

  it('checks arguments before its kernels see them', () => {
    const gelu = vi.fn();
    const backend = defineBackend({ name: 'watched', ops: { gelu } });
    expect(() => backend.ops.gelu(shape, two(), new Float32Array(3))).toThrow(/ops.gelu: y has 3 elements/);
    expect(gelu).not.toHaveBeenCalled();
  });

  it('lets an error of a kernel through unchanged', () => {
    const own = new Error('out of marbles');
    const backend = defineBackend({
      name: 'failing',
      ops: {
        gelu() {
          throw own;
        },
      },
    });
    expect(() => backend.ops.gelu(shape, two(), two())).toThrow(own);
  });

  it('after dispose, once or twice, refuses everything', () => {
    const dispose = vi.fn();
    const backend = defineBackend({
      name: 'gone',
      dispose,
      scratchBytes: () => 7,
      roofline: { multiplyAdds: (rounds) => rounds, read: () => {} },
    });
    expect(backend.scratchBytes?.()).toBe(7);
    expect(backend.roofline?.multiplyAdds(3)).toBe(3);
    const prepared = backend.prepare.linear({ in: 1, out: 1 }, Float32Array.of(2), null);
    backend.dispose();
    backend.dispose();
    expect(dispose).toHaveBeenCalledTimes(1);
    const disposed = expect.objectContaining({
      code: 'DISPOSED',
      message: expect.stringContaining("'gone'"),
    });
    const one = () => new Float32Array(1);
    expect(() => backend.ops.gelu({ size: 1 }, one(), one())).toThrow(disposed);
    expect(() => backend.grad.gelu({ size: 1 }, one(), one(), one())).toThrow(disposed);
    expect(() => backend.optim.sumOfSquares(one())).toThrow(disposed);
    expect(() => backend.prepare.linear({ in: 1, out: 1 }, one(), null)).toThrow(disposed);
    expect(() => prepared.forward(1, one(), one())).toThrow(disposed);
    expect(() => backend.scratchBytes?.()).toThrow(disposed);
    expect(() => backend.roofline?.multiplyAdds(1)).toThrow(disposed);
    expect(() => backend.roofline?.read(one(), 1)).toThrow(disposed);
    prepared.dispose();
  });

  it('does not hand out the reference itself, but its results', () => {
    const backend = defineBackend({ name: 'plain' });
    const [x, a, b] = [Float32Array.of(-1, 0.5), two(), two()];
    backend.ops.gelu(shape, x, a);
    referenceOps.gelu(shape, x, b);
    expect(a).toEqual(b);
  });
});
