import { extname } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { readTextFile } from '@lookupffn/core/node';
import { parse } from 'csv-parse/sync';

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

type Row = Readonly<Record<string, unknown>> | readonly unknown[];

const invalid = (path: string, what: string) =>
  new LookupFfnError('CORPUS_INVALID', `${path}: ${what}.`, { path });

function parseJsonLines(path: string, text: string): Row[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as Row];
    } catch {
      throw invalid(path, `line ${i + 1} is not JSON`);
    }
  });
}

/** TSV as GLUE writes it: a quote is a character like others. */
function parseTabs(text: string, header: boolean): Row[] {
  const rows = text.split(/\r?\n/).flatMap((line) => (line === '' ? [] : [line.split('\t')]));
  if (!header) return rows;
  const names = rows.shift() ?? [];
  return rows.map((cells) => Object.fromEntries(names.map((name, i) => [name, cells[i]])));
}

function parseCommas(path: string, text: string, header: boolean): Row[] {
  try {
    // Loose in the number of cells: published files have trailing ones.
    return parse(text, { columns: header, relax_column_count: true, skip_empty_lines: true }) as Row[];
  } catch (error) {
    throw invalid(path, `it is no CSV: ${(error as Error).message}`);
  }
}

function parseRows(path: string, text: string, header: boolean): Row[] {
  const kind = extname(path).toLowerCase();
  if (kind === '.jsonl') return parseJsonLines(path, text);
  return kind === '.csv' ? parseCommas(path, text, header) : parseTabs(text, header);
}

/**
 * Reads examples of a `.jsonl`, `.csv` or tab-separated file. Throws `FILE_NOT_FOUND`, `FILE_IO`, or `CORPUS_INVALID`
 * naming the row that lacks a column or has a label that is no number.
 */
export async function readExamples(path: string, columns: Columns): Promise<Example[]> {
  const header = typeof columns.text === 'string';
  const rows = parseRows(path, (await readTextFile(path)).replace(/^\ufeff/, ''), header);
  const cell = (row: Row, column: string | number, i: number): string => {
    const value = (row as Record<string | number, unknown>)[column];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    const names = header && rows[0] ? ` It has ${Object.keys(rows[0]).join(', ')}` : '';
    throw invalid(path, `row ${i + 1} has no column ${column}.${names}`);
  };
  if (rows.length === 0) throw invalid(path, 'it has no rows');
  return rows.map((row, i) => {
    const label = Number(cell(row, columns.label, i));
    if (!Number.isFinite(label)) {
      throw invalid(path, `row ${i + 1} has the label ${cell(row, columns.label, i)}, which is no number`);
    }
    return {
      text: cell(row, columns.text, i),
      ...(columns.pair === undefined ? {} : { pair: cell(row, columns.pair, i) }),
      label,
    };
  });
}
