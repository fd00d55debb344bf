import { join } from 'node:path';
import { isLookupFfnError, LookupFfnError, throwIfAborted } from '@lookupffn/core';
import { readJsonFile, writeJsonFile, writeTextFile } from '@lookupffn/core/node';
import type { Evaluation } from '@lookupffn/train';
import { requireOutside } from '../corpus/require-outside.js';
import { kernelOf, kernelText } from '../model/kernel.js';
import { reportHtml } from '../report/html.js';
import { type DemoReport, type ModelName, modelNames, modelTitles } from '../report/report.js';
import { withRunLock } from '../training/run-lock.js';
import { trainModel } from '../training/train-model.js';
import { type BackendFlags, openBackend } from '../ui/backend-flags.js';
import { count } from '../ui/format.js';
import { howToCall, shellWord } from '../ui/how-to-call.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { type DemoFolder, inspectDemoFolder, startDemoFolder } from './folder.js';
import { makeReport } from './make-report.js';
import { choosePace } from './pace.js';
import { type DemoSetup, prepareDemo } from './prepare.js';
import { type DemoFlags, settingsFrom } from './settings.js';
import { type DemoState, requireSameRun } from './state.js';
import { twinRun } from './twins.js';

export interface DemoOptions extends DemoFlags, BackendFlags {
  readonly out: string;
  readonly resume?: boolean;
}

export interface DemoResult {
  readonly folder: string;
  readonly report: DemoReport;
}

/** The report of a demo that had come to its end already. */
async function finishedReport(folder: string): Promise<DemoReport | null> {
  try {
    const report = (await readJsonFile(join(folder, 'report.json'))) as DemoReport;
    return report.kind === 'lookupffn-demo-report' ? report : null;
  } catch {
    // Absent or damaged: it is made anew.
    return null;
  }
}

/** Prepares afresh and chooses the number of steps, or goes on with what the state says. */
async function begin(
  io: Io,
  setup: DemoSetup,
  folder: DemoFolder,
  earlier: DemoState | null,
  options: DemoOptions,
  signal: AbortSignal,
): Promise<DemoState> {
  const { corpus, backend, settings, tokenizer } = setup;
  if (earlier) {
    if (earlier.corpusHash !== corpus.hash) {
      throw new LookupFfnError(
        'RUN_MISMATCH',
        `--resume: the corpus (${setup.text.title}) is not the text that this demo was begun with. Restore it, or leave --resume out to start afresh.`,
      );
    }
    if (earlier.backend !== backend.info.name) {
      io.note(
        `This demo was begun with the ${earlier.backend} backend and goes on with ${backend.info.name}: losses may differ in the last digits.`,
      );
    }
    return earlier;
  }
  const pace = await choosePace(io, setup, options, signal);
  if (pace.note) io.note(pace.note);
  throwIfAborted(signal, 'The demo');
  const state: DemoState = {
    kind: 'lookupffn-demo',
    version: 1,
    ...settings,
    corpusHash: corpus.hash,
    backend: backend.info.name,
    ...pace,
  };
  await startDemoFolder(folder, state, tokenizer.toJSON());
  return state;
}

/** All that a resumed demo goes through again, each part from where it was left. */
async function trainAndReport(
  io: Io,
  setup: DemoSetup,
  state: DemoState,
  folder: string,
  signal: AbortSignal,
): Promise<DemoReport> {
  const validation: Partial<Record<ModelName, Evaluation>> = {};
  for (const twin of modelNames) {
    const result = await trainModel(io, twinRun(twin, setup, state.steps, folder), signal);
    if (result.status === 'interrupted') {
      const done = `step ${count(result.step)} of ${count(state.steps)}`;
      throw new LookupFfnError('ABORTED', `Stopped at ${done} of the ${modelTitles[twin]} model.`);
    }
    validation[twin] = result.model!.validation;
  }
  const measured = validation as Record<ModelName, Evaluation>;
  const report = await makeReport(io, setup, state, folder, measured, signal);
  await writeTextFile(join(folder, 'report.html'), reportHtml(report));
  // Last: its presence says that the demo is complete.
  await writeJsonFile(join(folder, 'report.json'), report);
  return report;
}

/** What to type to go on with a demo in this folder. */
function resumeCommand(out: string, usual: string): string {
  return `${howToCall()} demo --resume${out === usual ? '' : ` --out ${shellWord(out)}`}`;
}

export const usualFolder = 'runs/demo';

/**
 * Runs the whole demo, or the rest of it. Throws `ABORTED`, saying how to go on, after a clean stop, and `RUN_MISMATCH`
 * where another process is at it.
 */
export async function runDemo(io: Io, options: DemoOptions): Promise<DemoResult> {
  requireOutside(options.out, options.corpus);
  // Before the lock too: what is no demo's is not touched.
  const { path } = await inspectDemoFolder(options.out);
  return withRunLock(path, () => runInFolder(io, options));
}

async function runInFolder(io: Io, options: DemoOptions): Promise<DemoResult> {
  const folder = await inspectDemoFolder(options.out);
  const earlier = options.resume ? folder.state : null;
  if (options.resume && !earlier) io.note(`There is no demo in ${options.out} to resume; starting afresh.`);
  if (earlier) requireSameRun(earlier, options);
  const finished = earlier && (await finishedReport(folder.path));
  if (finished) {
    io.note('This demo has come to its end already; here is its report.');
    return { folder: folder.path, report: finished };
  }
  const backend = await openBackend(options);
  try {
    io.note(`Kernel: ${kernelText(kernelOf(backend.info))}`);
    return await interruptible(io, 'Stopping after this step.', async (signal) => {
      const settings = earlier ?? settingsFrom(options);
      const setup = await prepareDemo(io, backend, settings, earlier && folder.path, signal);
      const state = await begin(io, setup, folder, earlier, options, signal);
      try {
        return { folder: folder.path, report: await trainAndReport(io, setup, state, folder.path, signal) };
      } catch (error) {
        if (!isLookupFfnError(error) || error.code !== 'ABORTED') throw error;
        const how = resumeCommand(options.out, usualFolder);
        throw new LookupFfnError('ABORTED', `${error.message} Go on with: ${how}`, {}, error);
      }
    });
  } finally {
    backend.dispose();
  }
}
