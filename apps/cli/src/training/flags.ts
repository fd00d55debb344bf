import { annealReads, scheduleNames, type TrainingOptionsInput } from '@lookupffn/train';
import { type Command, Option } from 'commander';
import { real, share, whole } from '../flags.js';

/** A flag that sets training options, under our name and under the one that Hugging Face's Trainer has for it. */
interface TrainingFlag {
  readonly name: string;
  readonly hf?: string;
  readonly value?: string;
  readonly description: string;
  readonly parse?: (text: string) => number;
  readonly choices?: readonly string[];
}

const positive = real({ min: 1e-12, max: 1e6 });
const from0 = real({ min: 0, max: 1e6 });

const trainingFlags: readonly TrainingFlag[] = [
  { name: 'steps', hf: 'max-steps', description: 'training steps', parse: whole({ min: 1 }) },
  { name: 'batch', description: 'sequences a step', parse: whole({ min: 1, max: 65_536 }) },
  {
    name: 'micro-batch',
    hf: 'per-device-train-batch-size',
    description: 'sequences computed at once, to bound memory',
    parse: whole({ min: 1, max: 65_536 }),
  },
  {
    name: 'gradient-accumulation-steps',
    description: 'micro-batches a step, instead of --batch',
    parse: whole({ min: 1, max: 65_536 }),
  },
  { name: 'sequence', description: 'tokens a sequence', parse: whole({ min: 4, max: 65_536 }) },
  {
    name: 'mlm-probability',
    description: 'share of the tokens hidden and predicted; evaluations have 0.15',
    parse: real({ min: 0.001, max: 0.999 }),
  },
  { name: 'learning-rate', description: 'peak learning rate', parse: real({ min: 1e-9, max: 10 }) },
  {
    name: 'schedule',
    hf: 'lr-scheduler-type',
    description: 'learning rate after the warm-up',
    choices: scheduleNames,
  },
  { name: 'warmup-steps', description: 'steps of linear warm-up', parse: whole({ min: 0 }) },
  { name: 'warmup-ratio', description: 'the same as a share of the steps', parse: real({ min: 0, max: 1 }) },
  {
    name: 'decay-steps',
    description: 'last steps, in which warmup_stable_decay falls; 0 for a fifth',
    parse: whole({ min: 0 }),
  },
  { name: 'weight-decay', description: 'decoupled weight decay', parse: from0 },
  { name: 'adam-beta1', description: 'momentum of AdamW', parse: share },
  {
    name: 'adam-beta2',
    description: 'momentum of its second moment',
    parse: real({ min: 0, max: 0.999999 }),
  },
  { name: 'adam-epsilon', description: "AdamW's epsilon", parse: positive },
  { name: 'max-grad-norm', description: 'largest gradient norm; 0 for no clipping', parse: from0 },
  {
    name: 'table-learning-rate',
    description: "multiplies the tables' learning rate",
    parse: positive,
  },
  {
    name: 'projection-learning-rate',
    description: 'multiplies the learning rate of the projections that make the codes',
    parse: positive,
  },
  { name: 'table-dropout', description: 'share of the look-ups left out in a step', parse: share },
  { name: 'cell-variation', description: 'weight of the cell-tv regulariser', parse: from0 },
  {
    name: 'anneal-from',
    description: "read of the first --anneal-steps, before the model's own",
    choices: annealReads,
  },
  { name: 'anneal-steps', description: 'steps that read so', parse: whole({ min: 0 }) },
  { name: 'eval-steps', description: 'steps between evaluations', parse: whole({ min: 0 }) },
  { name: 'save-steps', description: 'steps between checkpoints', parse: whole({ min: 0 }) },
  {
    name: 'save-total-limit',
    description: 'checkpoints kept, newest first',
    parse: whole({ min: 1 }),
  },
  { name: 'seed', description: 'seed of weights, data order and masks', parse: whole({ min: 0 }) },
];

/** A flag's name among what commander made of the flags. */
export const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** What commander made of the flags: by camel-cased name, those that were given. */
export type TrainingFlagValues = Readonly<Record<string, unknown>>;

export function withTrainingFlags(command: Command): Command {
  for (const flag of trainingFlags) {
    const { name, hf, description, parse, choices } = flag;
    const make = (long: string, text: string) => {
      const option = new Option(`--${long} <${choices ? 'kind' : 'n'}>`, text);
      if (choices) option.choices(choices);
      return parse ? option.argParser(parse) : option;
    };
    command.addOption(make(name, hf ? `${description} (also --${hf})` : description));
    if (hf) command.addOption(make(hf, description).hideHelp());
  }
  return command
    .option('--load-best-model-at-end', 'keep the best evaluated checkpoint, and leave it as the model')
    .option('--no-watch-tables', 'do not look at the tables when the model is evaluated');
}

/** Names of the flags that were given, as on the command line. */
export function givenTrainingFlags(values: TrainingFlagValues): string[] {
  const names = trainingFlags.flatMap(({ name, hf }) => (hf ? [name, hf] : [name]));
  return [...names, 'load-best-model-at-end'].filter((name) => values[camel(name)] !== undefined);
}

/** The training options that the flags set. `steps` is what a share of the steps counts from, unless given too. */
export function trainingOptions(
  values: TrainingFlagValues,
  preset: TrainingOptionsInput,
): TrainingOptionsInput {
  const value = <T = number>(name: string): T | undefined => {
    const hf = trainingFlags.find((flag) => flag.name === name)?.hf;
    return (values[camel(name)] ?? (hf ? values[camel(hf)] : undefined)) as T | undefined;
  };
  const steps = value('steps');
  const micro = value('micro-batch');
  const accumulate = value('gradient-accumulation-steps');
  const ratio = value('warmup-ratio');
  const beta1 = value('adam-beta1');
  const beta2 = value('adam-beta2');
  const usual = preset.betas ?? [0.9, 0.98];
  const best = values.loadBestModelAtEnd as boolean | undefined;
  const wholeBatch = value('batch') ?? (accumulate && micro ? accumulate * micro : undefined);
  const batch = wholeBatch ?? (micro !== undefined && preset.batchSize === undefined ? micro : undefined);
  const options: { [K in keyof TrainingOptionsInput]: TrainingOptionsInput[K] | undefined } = {
    steps,
    batchSize: batch,
    microBatchSize:
      micro ?? (accumulate ? Math.ceil((batch ?? preset.batchSize ?? 32) / accumulate) : undefined),
    sequenceLength: value('sequence'),
    mlmProbability: value('mlm-probability'),
    learningRate: value('learning-rate'),
    schedule: value<TrainingOptionsInput['schedule']>('schedule'),
    warmupSteps:
      value('warmup-steps') ??
      (ratio === undefined ? undefined : Math.round(ratio * (steps ?? preset.steps ?? 1000))),
    decaySteps: value('decay-steps'),
    weightDecay: value('weight-decay'),
    betas: beta1 === undefined && beta2 === undefined ? undefined : [beta1 ?? usual[0], beta2 ?? usual[1]],
    epsilon: value('adam-epsilon'),
    clipNorm: value('max-grad-norm'),
    tableLearningRate: value('table-learning-rate'),
    projectionLearningRate: value('projection-learning-rate'),
    tableDropout: value('table-dropout'),
    cellVariation: value('cell-variation'),
    annealFrom: value<TrainingOptionsInput['annealFrom']>('anneal-from'),
    annealSteps: value('anneal-steps'),
    evaluateEvery: value('eval-steps'),
    checkpointEvery: value('save-steps'),
    keepCheckpoints: value('save-total-limit'),
    keepBest: best,
    watchTables: values.watchTables as boolean,
    seed: value('seed'),
  };
  return Object.fromEntries(Object.entries(options).filter(([, set]) => set !== undefined));
}
