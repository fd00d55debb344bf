import { LookupFfnError } from '@lookupffn/core';
import { readExamples, readTask, type Task, type TaskName, taskNames } from '@lookupffn/train';
import { type Command, Option } from 'commander';

/** A GLUE task by its name and folder, or files of one's own with named columns. */
export interface TaskFlags {
  readonly task?: TaskName;
  readonly data?: string;
  readonly trainFile?: string;
  readonly testFile?: string;
  readonly textColumn: string;
  readonly pairColumn?: string;
  readonly labelColumn: string;
  readonly regression?: boolean;
}

/** The flags by which every command is told its task. */
export function withTaskFlags(command: Command): Command {
  return command
    .addOption(new Option('--task <name>', 'a GLUE task').choices(taskNames))
    .option('--data <folder>', "the task's files, as their publisher or GLUE lays them out")
    .option('--train-file <file>', 'examples of your own, .tsv, .csv or .jsonl with named columns')
    .option('--test-file <file>', 'the same, to measure on')
    .option('--text-column <name>', 'the text', 'sentence')
    .option('--pair-column <name>', 'a second text, for pairs')
    .option('--label-column <name>', 'a class from 0, or a score', 'label')
    .option('--regression', 'labels are scores of how alike two texts are');
}

/** Whether any of them is given. */
export const hasTask = (flags: TaskFlags): boolean =>
  [flags.task, flags.data, flags.trainFile, flags.testFile].some((flag) => flag !== undefined);

const invalid = (message: string) => new LookupFfnError('INVALID_ARGUMENT', message);

/** Reads the task that flags name. Throws `INVALID_ARGUMENT` for flags that do not go together, else as `readTask`. */
export async function openTask(flags: TaskFlags): Promise<Task> {
  const { task, data, trainFile, testFile, textColumn, pairColumn, labelColumn, regression } = flags;
  if (task !== undefined) {
    if (data === undefined) throw invalid('--task needs --data, the folder with its files.');
    return readTask(task, data);
  }
  if (data !== undefined) throw invalid(`--data needs --task: ${taskNames.join(', ')}.`);
  if (regression && pairColumn === undefined)
    throw invalid('--regression needs --pair-column: it scores pairs.');
  const columns = {
    text: textColumn,
    label: labelColumn,
    ...(pairColumn === undefined ? {} : { pair: pairColumn }),
  };
  const read = async (file: string | undefined) =>
    file === undefined ? [] : await readExamples(file, columns);
  return {
    kind: regression ? 'similarity' : 'classification',
    metrics: regression ? ['spearman', 'pearson'] : ['accuracy', 'f1', 'matthews'],
    train: await read(trainFile),
    test: await read(testFile),
  };
}
