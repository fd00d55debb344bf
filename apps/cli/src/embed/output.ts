import { existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { LookupFfnError } from '@lookupffn/core';
import { fileError, readJsonFile, writeJsonFile } from '@lookupffn/core/node';

/** How far a run is: everything before `inputOffset` stands in the first `outputBytes` of the output. */
export interface EmbedProgress {
  readonly inputOffset: number;
  readonly outputBytes: number;
  readonly lines: number;
  readonly tokens: number;
}

interface ProgressFile extends EmbedProgress {
  /** What the output depends on; another run's must not be continued. */
  readonly run: Readonly<Record<string, unknown>>;
}

/**
 * The output of a run that can be killed at any time. It grows under another name and gets its own when it is whole;
 * beside it stands how far it surely is, so that a run that goes on cuts off what came after and ends with the same
 * bytes as one that was never interrupted.
 */
export class EmbedOutput {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #run: ProgressFile['run'];
  #progress: EmbedProgress;

  private constructor(path: string, file: FileHandle, run: ProgressFile['run'], progress: EmbedProgress) {
    this.#path = path;
    this.#file = file;
    this.#run = run;
    this.#progress = progress;
  }

  /** Where the text grows, and where the progress stands. */
  static places(path: string) {
    return { partial: `${path}.partial`, progress: `${path}.progress.json` };
  }

  /** Throws `RUN_MISMATCH` when what stands there belongs to another run. */
  static async open(
    path: string,
    run: ProgressFile['run'],
    first: EmbedProgress,
    resume: boolean,
  ): Promise<EmbedOutput> {
    const { partial, progress: place } = EmbedOutput.places(path);
    const found = resume && existsSync(place) && existsSync(partial);
    const { run: before, ...progress } = found
      ? ((await readJsonFile(place)) as ProgressFile)
      : { ...first, run };
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
    try {
      const file = await open(partial, found ? 'r+' : 'w');
      await file.truncate(progress.outputBytes);
      return new EmbedOutput(path, file, run, progress);
    } catch (error) {
      throw fileError(error, partial, 'write');
    }
  }

  get progress(): EmbedProgress {
    return this.#progress;
  }

  async append(text: string, inputOffset: number, lines: number, tokens: number): Promise<void> {
    const bytes = Buffer.from(text);
    const { outputBytes } = this.#progress;
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#file.write(bytes, done, bytes.length - done, outputBytes + done)).bytesWritten;
      }
    } catch (error) {
      throw fileError(error, EmbedOutput.places(this.#path).partial, 'write');
    }
    this.#progress = {
      inputOffset,
      outputBytes: outputBytes + bytes.length,
      lines: this.#progress.lines + lines,
      tokens: this.#progress.tokens + tokens,
    };
  }

  /** Makes all so far survive; the output is on disk before the progress says so. */
  async save(): Promise<void> {
    await this.#file.datasync();
    await writeJsonFile(EmbedOutput.places(this.#path).progress, { ...this.#progress, run: this.#run });
  }

  /** Gives the whole output its name. */
  async finish(): Promise<void> {
    const { partial, progress } = EmbedOutput.places(this.#path);
    await this.#file.sync();
    await this.#file.close();
    await rename(partial, this.#path).catch((error) => {
      throw fileError(error, this.#path, 'write');
    });
    await rm(progress, { force: true });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
