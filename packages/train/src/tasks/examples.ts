import { readTextFile } from '@lookupffn/core/node';
import { isClass } from './classes.js';
import { invalidRows, parseRows, type Row } from './rows.js';

/** A text or a pair of texts, and its class (from 0) or score. */
export interface Example {
  readonly text: string;
  readonly pair?: string;
  readonly label: number;
}

/** Which columns of a file make an example: by name, or by number from 0 where the file has no header. */
export interface Columns {
  readonly text: string | number;
  readonly pair?: string | number;
  readonly label: string | number;
}

export interface LabelOptions {
  /** Labels are classes, whole numbers from 0; default: scores, any number. */
  readonly classes?: boolean;
  /** Names of class 0, 1 and so on, which may stand in the place of their numbers. */
  readonly classNames?: readonly string[];
}

/** A cell's text; `hint` says what should stand there. */
function readCell(path: string, { line, cells: all }: Row, column: string | number, hint = ''): string {
  const cells = all as Readonly<Record<string | number, unknown>>;
  const value = Object.hasOwn(cells, column) ? cells[column] : undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (value === undefined) {
    const names = Object.keys(cells).filter((name) => cells[name] !== undefined);
    throw invalidRows(path, `line ${line} has no column ${column}. It has ${names.join(', ') || 'none'}`);
  }
  const shown = JSON.stringify(value).slice(0, 40);
  throw invalidRows(
    path,
    `line ${line} has ${shown} in column ${column}, which is neither a text nor a number${hint}`,
  );
}

function readLabel(
  path: string,
  row: Row,
  column: string | number,
  { classes = false, classNames = [] }: LabelOptions,
): number {
  const named = classNames.length === 0 ? '' : `, or use the names of the model: ${classNames.join(', ')}`;
  const hint = classes ? `. Number the classes from 0${named}` : '. A score is a number';
  const text = readCell(path, row, column, hint).trim();
  // Number('') is 0, a class like others.
  const label = text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(label)) {
    if (!classes || isClass(label)) return label;
    const advice =
      label === -1
        ? 'Test sets are published so without their labels: give one with labels'
        : 'Classes are whole numbers from 0; for scores, ask for a regression';
    throw invalidRows(path, `line ${row.line} has the label ${text}, which is no class. ${advice}`);
  }
  const place = classNames.indexOf(text);
  if (text !== '' && classes && place >= 0) return place;
  const what = text === '' ? 'an empty label' : `the label ${text}, which is no number`;
  throw invalidRows(path, `line ${row.line} has ${what}${hint}`);
}

/**
 * Reads examples of a `.jsonl`, `.csv` or tab-separated file. Throws `FILE_NOT_FOUND`, `FILE_IO`, or `CORPUS_INVALID`
 * naming the line that lacks a column, or whose label is empty, no number, or no class where classes are asked for.
 */
export async function readExamples(
  path: string,
  columns: Columns,
  options: LabelOptions = {},
): Promise<Example[]> {
  const text = (await readTextFile(path)).replace(/^\ufeff/, '');
  const rows = parseRows(path, text, typeof columns.text === 'string');
  if (rows.length === 0) throw invalidRows(path, 'it has no rows');
  return rows.map((row) => ({
    text: readCell(path, row, columns.text),
    ...(columns.pair === undefined ? {} : { pair: readCell(path, row, columns.pair) }),
    label: readLabel(path, row, columns.label, options),
  }));
}
