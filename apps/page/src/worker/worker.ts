import { resolveBackend } from '@lookupffn/auto';
import type { Backend } from '@lookupffn/core';
import { backgroundJobs, JobRoom } from './jobs.js';
import type { FromWorker, ToWorker } from './messages.js';
import { describeModel, fetchFiles, type Model, prepareModel } from './models.js';

interface RunningJob {
  readonly id: number;
  readonly background: boolean;
  readonly steps: Generator<unknown, unknown>;
  /** What the page was told last. */
  progress?: unknown;
}

const post = (message: FromWorker) => self.postMessage(message);
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const models = new Map<number, Model>();
const jobs: RunningJob[] = [];
let working = false;

const ready: Promise<{ backend: Backend; room: JobRoom }> = resolveBackend().then((backend) => {
  const { name, isa } = backend.info;
  post({ type: 'ready', backend: { name, isa } });
  return { backend, room: new JobRoom(backend, models) };
});
ready.catch((error: unknown) => post({ type: 'unable', message: messageOf(error) }));

// A message to oneself comes after those that wait; a timer would be held up for milliseconds.
const channel = new MessageChannel();
let resume = () => {};
channel.port1.onmessage = () => resume();
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    resume = resolve;
    channel.port2.postMessage(null);
  });
}

function finish(job: RunningJob): void {
  const at = jobs.indexOf(job);
  if (at >= 0) jobs.splice(at, 1);
}

function step(job: RunningJob): void {
  try {
    const { done, value } = job.steps.next();
    if (done) {
      finish(job);
      post({ type: 'done', id: job.id, result: value });
    } else if (value !== job.progress) {
      job.progress = value;
      post({ type: 'progress', id: job.id, progress: value });
    }
  } catch (error) {
    finish(job);
    post({ type: 'failed', id: job.id, message: messageOf(error) });
  }
}

/** Does a step of what somebody waits for, else of the oldest long job, and listens in between. */
async function work(): Promise<void> {
  if (working) return;
  working = true;
  while (jobs.length > 0) {
    step(jobs.find((job) => !job.background) ?? jobs[0]!);
    await breathe();
  }
  working = false;
}

async function open({ id, model, folder }: Extract<ToWorker, { type: 'open' }>): Promise<void> {
  const start = performance.now();
  try {
    const [{ backend }, files] = await Promise.all([ready, fetchFiles(folder)]);
    const opened = await prepareModel(backend, files);
    models.set(model, opened);
    post({ type: 'opened', id, opened: describeModel(opened, performance.now() - start) });
  } catch (error) {
    post({ type: 'failed', id, message: messageOf(error) });
  }
}

async function begin({ id, kind, input }: Extract<ToWorker, { type: 'job' }>): Promise<void> {
  try {
    const { room } = await ready;
    // The kind says what the input is; the page's side of this is typed.
    jobs.push({ id, background: backgroundJobs.has(kind), steps: room.start(kind, input as never) });
  } catch (error) {
    post({ type: 'failed', id, message: messageOf(error) });
  }
  void work();
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'open') void open(data);
  else if (data.type === 'job') void begin(data);
  else {
    const job = jobs.find(({ id }) => id === data.id);
    if (!job) return;
    finish(job);
    // Frees what the job holds.
    job.steps.return(undefined);
  }
};
