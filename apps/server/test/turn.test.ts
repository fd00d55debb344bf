import { afterEach, expect, it, vi } from 'vitest';
import { turn } from '../src/turn.js';

// A clock that only work moves.
let now = 0;
vi.spyOn(performance, 'now').mockImplementation(() => now);
const work = (milliseconds: number) => {
  now += milliseconds;
};
// What one test used up of its turn must not be missing in the next.
afterEach(() => work(1000));

/** Counts the event loop's turns until stopped. */
function countTurns() {
  let count = 0;
  let counting = true;
  const next = () => {
    count++;
    if (counting) setImmediate(next);
  };
  setImmediate(next);
  return {
    now: () => count,
    stop() {
      counting = false;
    },
  };
}

it('shares a turn of the event loop among all requests, in the order they came', async () => {
  const turns = countTurns();
  const done: { request: number; step: number; turn: number }[] = [];
  const request = async (id: number) => {
    for (let step = 0; step < 3; step++) {
      await turn();
      work(1);
      // What follows without waiting for anything belongs to the step.
      await Promise.resolve();
      work(1);
      done.push({ request: id, step, turn: turns.now() });
    }
  };
  await Promise.all(Array.from({ length: 10 }, (_, id) => request(id)));
  turns.stop();
  expect(done.map(({ request: id }) => id)).toEqual([...Array(30).keys()].map((i) => i % 10));
  const perTurn = new Map<number, number>();
  for (const { turn: at } of done) perTurn.set(at, (perTurn.get(at) ?? 0) + 1);
  // Two steps of 2 ms fill the 4 ms of a turn.
  expect(Math.max(...perTurn.values())).toBe(2);
  expect(perTurn.size).toBe(15);
});

it('a step that takes long does not let another one join it', async () => {
  const turns = countTurns();
  const seen: number[] = [];
  const request = async () => {
    await turn();
    work(50);
    seen.push(turns.now());
  };
  await Promise.all([request(), request(), request()]);
  turns.stop();
  expect(new Set(seen).size).toBe(3);
});

it('rejects with the reason of a signal, and lets the others go on', async () => {
  const gone = new AbortController();
  const first = turn(gone.signal);
  const second = turn();
  gone.abort(new Error('gone'));
  await expect(first).rejects.toThrow('gone');
  await second;
});
