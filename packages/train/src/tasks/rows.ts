import { extname } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { parse } from 'csv-parse/sync';

/** What stands in a row of a file, by the column's name, or its number from 0 where the file has no header. */
export interface Row {
  /** From 1, as editors count; the last one where a quoted cell has several. */
  readonly line: number;
  readonly cells: Readonly<Record<string, unknown>> | readonly unknown[];
}

export const invalidRows = (path: string, what: string) =>
  new LookupFfnError('CORPUS_INVALID', `${path}: ${what}.`, { path });

function parseJsonLines(path: string, text: string): Row[] {
  return text.split('\n').flatMap((json, i) => {
    if (json.trim() === '') return [];
    let cells: unknown;
    try {
      cells = JSON.parse(json);
    } catch {
      throw invalidRows(path, `line ${i + 1} is not JSON`);
    }
    if (typeof cells !== 'object' || cells === null) {
      throw invalidRows(path, `line ${i + 1} is ${json.trim().slice(0, 40)}, and not an object of columns`);
    }
    return [{ line: i + 1, cells: cells as Row['cells'] }];
  });
}

/** TSV as GLUE writes it: a quote is a character like others. */
function parseTabs(text: string, header: boolean): Row[] {
  const rows = text
    .split(/\r?\n/)
    .flatMap((line, i) => (line === '' ? [] : [{ line: i + 1, cells: line.split('\t') }]));
  if (!header) return rows;
  const names = rows.shift()?.cells ?? [];
  return rows.map(({ line, cells }) => ({
    line,
    cells: Object.fromEntries(names.map((name, i) => [name, cells[i]])),
  }));
}

function parseCommas(path: string, text: string, header: boolean): Row[] {
  try {
    // Loose in the number of cells: published files have trailing ones.
    const options = { columns: header, info: true, relax_column_count: true, skip_empty_lines: true };
    const rows = parse(text, options) as unknown as { info: { lines: number }; record: Row['cells'] }[];
    return rows.map(({ info, record }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    throw invalidRows(path, `it is no CSV: ${(error as Error).message}`);
  }
}

/** The rows of a `.jsonl`, `.csv` or, whatever else it is called, tab-separated text. Throws `CORPUS_INVALID`. */
export function parseRows(path: string, text: string, header: boolean): Row[] {
  const kind = extname(path).toLowerCase();
  if (kind === '.jsonl') return parseJsonLines(path, text);
  return kind === '.csv' ? parseCommas(path, text, header) : parseTabs(text, header);
}
