// What both environments do: make the contestants of one shape, see that they agree, time them.
import { createWasmBackend } from '../../../packages/kernels-wasm/dist/index.js';
import { agreement, makeContestants } from './contestants.mjs';
import { measure } from './measure.mjs';

/** `{ isa, agreement, times }` of one shape `{ d, tables, tau, block }`; times are milliseconds a call. */
export async function run({ ort, models, shape, rows, rounds, milliseconds, only }) {
  const backend = await createWasmBackend({ threads: 1 });
  const all = await makeContestants({ backend, ort, models, shape, rows });
  const chosen = Object.entries(all).filter(([name]) => !only || only.includes(name));
  const contestants = Object.fromEntries(chosen);
  const agreed = only ? [] : await agreement(contestants);
  return {
    isa: backend.info.isa,
    agreement: agreed,
    times: await measure(contestants, { rounds, milliseconds }),
  };
}
