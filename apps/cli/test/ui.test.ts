import { describe, expect, it, vi } from 'vitest';
import { coloursFor } from '../src/ui/colours.js';
import { bytes, count, duration, short, times } from '../src/ui/format.js';
import { howToCall, shellWord } from '../src/ui/how-to-call.js';
import { catchInterrupt } from '../src/ui/interrupt.js';
import type { Io } from '../src/ui/io.js';
import { createProgress } from '../src/ui/progress.js';
import { table } from '../src/ui/table.js';

function terminal(isTTY: boolean, columns = 40) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => written.push(text) };
}

describe('progress', () => {
  it('redraws one line on a terminal, at most ten times a second, never wider than it', () => {
    const stream = terminal(true, 11);
    let time = 0;
    const progress = createProgress(stream, () => time);
    progress.update(() => 'one');
    time = 50;
    progress.update(() => 'too soon');
    time = 150;
    progress.update(() => 'a line that is too long');
    progress.clear();
    progress.clear();
    expect(stream.written).toEqual(['\r\u001b[2Kone', '\r\u001b[2Ka line tha', '\r\u001b[2K']);
  });

  it('prints a line every five seconds elsewhere, and makes no text in between', () => {
    const stream = terminal(false);
    let time = 0;
    const progress = createProgress(stream, () => time);
    for (time = 0; time <= 10_000; time += 1000) {
      progress.update(() => {
        if (time % 5000 !== 0) throw new Error('made a text that nobody sees');
        return `at ${time}`;
      });
    }
    expect(stream.written).toEqual(['at 0\n', 'at 5000\n', 'at 10000\n']);
    progress.clear();
    time = 10_001;
    progress.update(() => 'after a note');
    expect(stream.written.at(-1)).toBe('after a note\n');
  });
});

describe('an interrupt', () => {
  it('is a closed terminal too, which may say so twice; Ctrl-C after it ends at once', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => {}) as () => never);
    const interrupt = catchInterrupt({ note() {} } as unknown as Io, 'Stopping.');
    try {
      expect(interrupt.signal.aborted).toBe(false);
      process.emit('SIGHUP', 'SIGHUP');
      process.emit('SIGHUP', 'SIGHUP');
      expect(interrupt.signal.aborted).toBe(true);
      expect(exit).not.toHaveBeenCalled();
      process.emit('SIGINT', 'SIGINT');
      expect(exit).toHaveBeenCalledWith(130);
    } finally {
      interrupt.release();
      exit.mockRestore();
    }
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });
});

describe('colours', () => {
  it('only on a terminal that has not said no', () => {
    const bold = (isTTY: boolean) => coloursFor({ isTTY }).bold('x');
    const { NO_COLOR, TERM } = process.env;
    try {
      process.env.NO_COLOR = '';
      process.env.TERM = 'xterm';
      expect(bold(true)).toContain('\u001b');
      expect(bold(false)).toBe('x');
      process.env.NO_COLOR = '1';
      expect(bold(true)).toBe('x');
      process.env.NO_COLOR = '';
      process.env.TERM = 'dumb';
      expect(bold(true)).toBe('x');
    } finally {
      process.env.NO_COLOR = NO_COLOR ?? '';
      process.env.TERM = TERM ?? '';
    }
  });
});

describe('numbers for people', () => {
  it.each([
    [count(1234567), '1,234,567'],
    [short(999), '999'],
    [short(12345678), '12.3M'],
    [short(1500), '1.50k'],
    [bytes(1023), '1023 B'],
    [bytes(1536), '1.50 KiB'],
    [bytes(3 * 1024 ** 3), '3.00 GiB'],
    [duration(75), '1:15'],
    [duration(3675), '1:01:15'],
    [duration(Number.NaN), '-'],
    [times(6.43), '6.43x'],
    [times(64.3), '64.3x'],
  ])('%s', (made, expected) => {
    expect(made).toBe(expected);
  });
});

describe('tables', () => {
  it('line up without rules or trailing space', () => {
    const text = table(
      ['name', 'n'],
      [
        ['a', '1'],
        ['longer', '10'],
      ],
      coloursFor({}),
    );
    expect(text.split('\n')).toEqual(['name     n', 'a        1', 'longer  10']);
  });
});

describe('commands to paste', () => {
  it('name the program as it was called', () => {
    expect(howToCall('/usr/bin/lookupffn', '/home/me')).toBe('lookupffn');
    expect(howToCall('/repo/apps/cli/dist/main.js', '/repo')).toBe('node apps/cli/dist/main.js');
    expect(howToCall('/repo/apps/cli/dist/main.js', '/home/me')).toBe('node /repo/apps/cli/dist/main.js');
  });

  it('quote what a shell would take apart', () => {
    expect(shellWord('runs/demo')).toBe('runs/demo');
    expect(shellWord("it's mine")).toBe("'it'\\''s mine'");
  });
});
