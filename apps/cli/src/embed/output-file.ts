import { existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { LookupFfnError } from '@lookupffn/core';
import { fileError, readJsonFile, writeJsonFile } from '@lookupffn/core/node';
import { type Addition, advance, type EmbedOutput, type EmbedProgress } from './output.js';

/** What an output depends on; another run's must not be continued. */
export type RunDescription = Readonly<Record<string, unknown>>;

interface ProgressFile extends EmbedProgress {
  readonly run: RunDescription;
}

/** Where the text grows, and where the progress stands. */
export const placesOf = (path: string) => ({
  partial: `${path}.partial`,
  progress: `${path}.progress.json`,
});

async function readProgress(path: string, run: RunDescription): Promise<EmbedProgress> {
  const { partial, progress: place } = placesOf(path);
  const { run: before, ...progress } = (await readJsonFile(place)) as ProgressFile;
  const numbers = [progress.inputOffset, progress.outputBytes, progress.lines, progress.tokens];
  if (!before || !numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw new LookupFfnError(
      'FILE_CORRUPT',
      `${place} does not say how far the run was. Start again with --overwrite.`,
      { path: place },
    );
  }
  const differing = Object.keys(run).filter(
    (key) => JSON.stringify(run[key]) !== JSON.stringify(before[key]),
  );
  if (differing.length > 0) {
    throw new LookupFfnError(
      'RUN_MISMATCH',
      `${partial} was begun with another ${differing.join(' and ')}: the result would be of two kinds. Use the same, or start again with --overwrite.`,
      { path, differing },
    );
  }
  return progress;
}

/**
 * The output of a run that can be killed at any time. It grows under another name, only ever at its end, and gets its
 * own by one rename when it is whole. Beside it stands how far it surely is, written (under a temporary name, then
 * renamed) after the text is on disk. So a kill leaves text that is at least as long as the progress says; a run that
 * goes on cuts off what is beyond and ends with the same bytes as one that was never interrupted.
 */
export class OutputFile implements EmbedOutput {
  readonly #path: string;
  readonly #file: FileHandle;
  /** Undefined for a run that cannot go on: its input is a stream. */
  readonly #run: RunDescription | undefined;
  #progress: EmbedProgress;

  private constructor(
    path: string,
    file: FileHandle,
    run: RunDescription | undefined,
    progress: EmbedProgress,
  ) {
    this.#path = path;
    this.#file = file;
    this.#run = run;
    this.#progress = progress;
  }

  /** From the beginning, or with `resume` from where a run of that description was. Throws `RUN_MISMATCH`. */
  static async open(
    path: string,
    run: RunDescription | undefined,
    first: EmbedProgress,
    resume: boolean,
  ): Promise<OutputFile> {
    const { partial, progress: place } = placesOf(path);
    const found = resume && run !== undefined && existsSync(place) && existsSync(partial);
    const progress = found ? await readProgress(path, run) : first;
    try {
      const file = await open(partial, found ? 'r+' : 'w');
      const { size } = await file.stat();
      if (size < progress.outputBytes) {
        await file.close();
        throw new LookupFfnError(
          'FILE_CORRUPT',
          `${partial} has ${size} bytes, fewer than the ${progress.outputBytes} that were written. Start again with --overwrite.`,
          { path: partial },
        );
      }
      await file.truncate(progress.outputBytes);
      return new OutputFile(path, file, run, progress);
    } catch (error) {
      throw fileError(error, partial, 'write');
    }
  }

  get progress(): EmbedProgress {
    return this.#progress;
  }

  async append(addition: Addition): Promise<void> {
    const bytes = Buffer.from(addition.text);
    const { outputBytes } = this.#progress;
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#file.write(bytes, done, bytes.length - done, outputBytes + done)).bytesWritten;
      }
    } catch (error) {
      throw fileError(error, placesOf(this.#path).partial, 'write');
    }
    this.#progress = advance(this.#progress, addition, bytes.length);
  }

  async save(): Promise<void> {
    if (!this.#run) return;
    const { partial, progress } = placesOf(this.#path);
    await this.#file.datasync().catch((error) => {
      throw fileError(error, partial, 'write');
    });
    await writeJsonFile(progress, { ...this.#progress, run: this.#run });
  }

  async finish(): Promise<void> {
    const { partial, progress } = placesOf(this.#path);
    try {
      await this.#file.sync();
      await this.#file.close();
      await rename(partial, this.#path);
    } catch (error) {
      throw fileError(error, this.#path, 'write');
    }
    await rm(progress, { force: true });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
