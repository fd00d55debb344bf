import { LookupFfnError } from '@lookupffn/core';
import type { RobertaConfig } from '@lookupffn/roberta';
import { readExamples, readTask, type Task, type TaskName, taskNames } from '@lookupffn/train';
import { type Command, Option } from 'commander';

/** A GLUE task by its name and folder, or files of one's own with named columns. */
export interface TaskFlags {
  readonly task?: TaskName;
  readonly data?: string;
  readonly trainFile?: string;
  readonly testFile?: string;
  readonly textColumn?: string;
  readonly pairColumn?: string;
  readonly labelColumn?: string;
  readonly regression?: boolean;
}

/** The flags by which every command is told its task. */
export function withTaskFlags(command: Command): Command {
  return command
    .addOption(new Option('--task <name>', 'a GLUE task').choices(taskNames))
    .option('--data <folder>', "the task's files, as their publisher or GLUE lays them out")
    .option('--train-file <file>', 'examples of your own, .tsv, .csv or .jsonl with named columns')
    .option('--test-file <file>', 'the same, to measure on')
    .option('--text-column <name>', 'the text (default: sentence)')
    .option('--pair-column <name>', 'a second text, for pairs')
    .option('--label-column <name>', 'a class from 0, its name in the model, or a score (default: label)')
    .option('--regression', 'labels are scores, and of pairs how alike they are');
}

/** The flags that are about files of one's own, by name, where they are given. */
function ownFiles(flags: TaskFlags): string[] {
  const given = {
    '--train-file': flags.trainFile,
    '--test-file': flags.testFile,
    '--text-column': flags.textColumn,
    '--pair-column': flags.pairColumn,
    '--label-column': flags.labelColumn,
    '--regression': flags.regression,
  };
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}

/** Whether any of them is given. */
export const hasTask = (flags: TaskFlags): boolean =>
  flags.task !== undefined || flags.data !== undefined || ownFiles(flags).length > 0;

const invalid = (message: string) => new LookupFfnError('INVALID_ARGUMENT', message);

/**
 * Reads the task that flags name; a file's labels may be the names that the model's own head has for its classes.
 * Throws `INVALID_ARGUMENT` for flags that do not go together, else as `readTask`.
 */
export async function openTask(flags: TaskFlags, { labels, problemType }: RobertaConfig): Promise<Task> {
  const { task, data, trainFile, testFile, pairColumn, regression } = flags;
  if (task !== undefined) {
    const unused = ownFiles(flags);
    if (unused.length > 0) {
      throw invalid(
        `--task ${task} has its own files and columns: leave out ${unused.join(', ')}, or --task to use them.`,
      );
    }
    if (data === undefined) throw invalid('--task needs --data, the folder with its files.');
    return readTask(task, data);
  }
  if (data !== undefined) throw invalid(`--data needs --task: ${taskNames.join(', ')}.`);
  const columns = {
    text: flags.textColumn ?? 'sentence',
    label: flags.labelColumn ?? 'label',
    ...(pairColumn === undefined ? {} : { pair: pairColumn }),
  };
  const classNames = problemType === 'regression' ? [] : labels;
  const read = async (file: string | undefined) =>
    file === undefined ? [] : await readExamples(file, columns, { classes: !regression, classNames });
  return {
    kind: regression ? 'regression' : 'classification',
    metrics: regression ? ['spearman', 'pearson'] : ['accuracy', 'f1', 'matthews'],
    train: await read(trainFile),
    test: await read(testFile),
  };
}
