import { join } from 'node:path';
import { isLookupFfnError } from '@lookupffn/core';
import { readTextFile, writeTextFile } from '@lookupffn/core/node';
import { type TableHealth, type TrainingProgress, tableWarnings } from '@lookupffn/train';
import type { CurvePoint } from '../report/report.js';
import { type TrainingView, trainingPage } from '../report/training-page.js';
import type { Io } from '../ui/io.js';

const writeEverySeconds = 10;
/** Points of a curve; when there are more, every second one goes. */
const mostPoints = 4000;

type Measured = Pick<TrainingProgress, 'step' | 'loss' | 'gradientNorm' | 'validation' | 'tables'>;

/** Every `stride`-th point of a curve that may grow without end. */
class Curve {
  points: CurvePoint[] = [];
  #stride = 1;

  add(step: number, value: number): void {
    if (step % this.#stride !== 0) return;
    this.points.push({ step, value });
    if (this.points.length <= mostPoints) return;
    this.#stride *= 2;
    this.points = this.points.filter((point) => point.step % this.#stride === 0);
  }
}

/** Follows a run: warns of what ails its tables, once each, and keeps `progress.html` beside its metrics up to date. */
export class RunWatch {
  readonly path: string;
  readonly #io: Io;
  readonly #title: string;
  readonly #facts: TrainingView['facts'];
  readonly #loss = new Curve();
  readonly #gradientNorm = new Curve();
  readonly #validation: CurvePoint[] = [];
  readonly #warned = new Set<string>();
  #tables: TrainingView['tables'] = null;
  #latest = { step: 0, steps: 0, tokensPerSecond: 0, etaSeconds: 0 };
  #written = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(io: Io, folder: string, title: string, facts: TrainingView['facts']) {
    this.path = join(folder, 'progress.html');
    this.#io = io;
    this.#title = title;
    this.#facts = facts;
  }

  /** With what the run's metrics tell of its earlier parts, up to `step`. */
  static async open(
    io: Io,
    folder: string,
    run: {
      readonly title: string;
      readonly facts: TrainingView['facts'];
      readonly step: number;
      readonly steps: number;
    },
  ): Promise<RunWatch> {
    const watch = new RunWatch(io, folder, run.title, run.facts);
    watch.#latest = { ...watch.#latest, step: run.step, steps: run.steps };
    if (run.step === 0) return watch;
    const text = await readTextFile(join(folder, 'metrics.jsonl')).catch((error) => {
      if (isLookupFfnError(error) && error.code === 'FILE_NOT_FOUND') return '';
      throw error;
    });
    for (const line of text.split('\n')) {
      const measured = parseLine(line);
      if (measured && measured.step <= run.step) watch.#add(measured);
    }
    return watch;
  }

  /** Never throws and never waits: a page that cannot be written must not end a run. */
  onProgress(progress: TrainingProgress): void {
    this.#add(progress);
    this.#latest = progress;
    if (progress.tables) this.#warn(progress.tables);
    const now = performance.now();
    if (this.#written > 0 && now - this.#written < writeEverySeconds * 1000) return;
    this.#written = now;
    this.#write('running');
  }

  /** Of the whole run: no progress tells of it where a stop came in its way and it was made up for. */
  onLastEvaluation(step: number, logPerplexity: number): void {
    if (this.#validation.at(-1)?.step !== step) this.#validation.push({ step, value: logPerplexity });
  }

  /** Writes the page for the last time. */
  async close(status: Exclude<TrainingView['status'], 'running'>, failure?: string): Promise<void> {
    this.#write(status, failure);
    await this.#writing;
  }

  #add({ step, loss, gradientNorm, validation, tables }: Measured): void {
    this.#loss.add(step, loss);
    this.#gradientNorm.add(step, gradientNorm);
    if (validation) this.#validation.push({ step, value: validation.logPerplexity });
    if (tables) this.#tables = { ...tables, step };
  }

  #warn(tables: TableHealth): void {
    for (const { layer, kind, message } of tableWarnings(tables)) {
      const key = `${layer} ${kind}`;
      if (this.#warned.has(key)) continue;
      this.#warned.add(key);
      this.#io.note(`warning: ${message}`);
    }
  }

  #write(status: TrainingView['status'], failure?: string): void {
    const html = trainingPage({
      ...this.#latest,
      title: this.#title,
      status,
      loss: this.#loss.points,
      validation: this.#validation,
      gradientNorm: this.#gradientNorm.points,
      tables: this.#tables,
      facts: this.#facts,
      ...(failure === undefined ? {} : { failure }),
    });
    this.#writing = this.#writing
      .then(() => writeTextFile(this.path, html))
      .catch((error) => this.#io.note(`warning: ${(error as Error).message}`));
  }
}

function parseLine(line: string): Measured | null {
  try {
    return JSON.parse(line) as Measured;
  } catch {
    // The last line of a killed run may be cut short.
    return null;
  }
}
