import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { isLookupFfnError } from '@lookupffn/core';
import { fileError, readTextFile, writeTextFile } from '@lookupffn/core/node';

export const metricsFile = 'metrics.jsonl';

/** Lines of an interrupted run up to a step: later ones, and a last one cut off by a kill, belong to no checkpoint. */
function linesUpTo(text: string, step: number): string {
  return text
    .split('\n')
    .filter((line) => {
      try {
        return (JSON.parse(line) as { step: number }).step <= step;
      } catch {
        return false;
      }
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** The lines with more in that of the step, which is the last where it is there. */
function linesWith(lines: string, step: number, more: object): string {
  const start = lines.lastIndexOf('\n', lines.length - 2) + 1;
  if (start === lines.length) return lines;
  const last = JSON.parse(lines.slice(start)) as { step: number };
  return last.step === step ? `${lines.slice(0, start)}${JSON.stringify({ ...last, ...more })}\n` : lines;
}

/** A run's lines, where it has any, for one that goes on from it. Throws `FILE_IO`. */
export async function copyMetrics(from: string, to: string): Promise<void> {
  try {
    await writeTextFile(join(to, metricsFile), await readTextFile(join(from, metricsFile)));
  } catch (error) {
    if (!isLookupFfnError(error) || error.code !== 'FILE_NOT_FOUND') throw error;
  }
}

/** `metrics.jsonl` of a run: one JSON object a step, handed to the system at once. */
export class MetricsLog {
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /**
   * Keeps the lines up to `step` (none for 0), with `more` in that step's, and goes on after them. Throws `FILE_IO` or
   * `FILE_NOT_FOUND`.
   */
  static async open(folder: string, step: number, more: object = {}): Promise<MetricsLog> {
    const path = join(folder, metricsFile);
    let kept = '';
    try {
      if (step > 0) kept = linesWith(linesUpTo(await readTextFile(path), step), step, more);
    } catch (error) {
      if (!isLookupFfnError(error) || error.code !== 'FILE_NOT_FOUND') throw error;
    }
    await writeTextFile(path, kept);
    try {
      return new MetricsLog(path, await open(path, 'a'));
    } catch (error) {
      throw fileError(error, path, 'write');
    }
  }

  async append(line: object): Promise<void> {
    try {
      await this.#handle.appendFile(`${JSON.stringify(line)}\n`);
    } catch (error) {
      throw fileError(error, this.#path, 'write');
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
