import { Bar } from '../ui/bar.js';
import { Choice } from '../ui/choice.js';
import { visibleToken } from '../ui/format.js';
import { Scroll } from '../ui/scroll.js';
import type { CellReads } from '../worker/cells.js';

export type Order = 'table' | 'score' | 'margin';

/** Beyond so many cells a table is told by its heaviest. */
const mostCellsShown = 4;

interface Row {
  readonly table: number;
  readonly score: number;
  readonly margin: number;
  readonly code: number;
  readonly z: Float32Array;
  readonly cells: readonly { readonly cell: number; readonly weight: number }[];
}

function rowsOf(reads: CellReads, token: number): Row[] {
  const { tables, bits, cellsRead } = reads;
  return Array.from({ length: tables }, (_, table) => {
    const at = token * tables + table;
    const cells = Array.from({ length: cellsRead }, (_, c) => ({
      cell: reads.cells[at * cellsRead + c]!,
      weight: reads.weights[at * cellsRead + c]!,
    }));
    return {
      table,
      score: reads.scores[at]!,
      margin: reads.margins[at]!,
      code: reads.codes[at]!,
      z: reads.z.subarray(at * bits, (at + 1) * bits),
      cells: cells.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)),
    };
  });
}

const ordering: Record<Order, (a: Row, b: Row) => number> = {
  table: (a, b) => a.table - b.table,
  score: (a, b) => b.score - a.score,
  margin: (a, b) => a.margin - b.margin,
};

/** A code, most significant bit first; a bit that nearly fell the other way is pale. */
function Code({ z, largest }: { z: Float32Array; largest: number }) {
  return (
    <span class="code">
      {Array.from(z, (value, j) => (
        <span key={j} class={value > 0 ? 'bit one' : 'bit'} title={`z = ${value.toFixed(3)}`}>
          <span class="strength" style={{ opacity: Math.min(1, Math.abs(value) / largest) }} />
          <span class="digit">{value > 0 ? 1 : 0}</span>
        </span>
      ))}
    </span>
  );
}

/** Where in the table the cells lie: a mark for each, as strong as its weight. */
function Strip({ row, size }: { row: Row; size: number }) {
  const heaviest = Math.max(...row.cells.map(({ weight }) => Math.abs(weight)), 1e-9);
  return (
    <span class="strip" aria-hidden="true">
      {row.cells.map(({ cell, weight }) => (
        <span
          key={cell}
          class="mark"
          style={{
            left: `${(cell / size) * 100}%`,
            opacity: 0.25 + (0.75 * Math.abs(weight)) / heaviest,
          }}
        />
      ))}
    </span>
  );
}

/** Every table's code, score, margin and cells for one token. */
export function CellTable(props: {
  reads: CellReads;
  token: number;
  order: Order;
  onOrder: (order: Order) => void;
}) {
  const { reads, token, order, onOrder } = props;
  const rows = rowsOf(reads, token).sort(ordering[order]);
  const highest = Math.max(...rows.map(({ score }) => score), 1e-9);
  const largest = Math.max(...rows.map(({ z }) => Math.max(...z.map(Math.abs))), 1e-9);
  const size = 2 ** reads.bits;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return (
    <>
      <p class="summary">
        <strong>{visibleToken(reads.tokens[token]!)}</strong> in layer {reads.layer + 1}: {reads.tables}{' '}
        tables of {size} cells, {reads.cellsRead} read in each ({reads.read}); mean score{' '}
        {mean(rows.map(({ score }) => score)).toFixed(3)}, mean margin{' '}
        {mean(rows.map(({ margin }) => margin)).toFixed(3)}.
      </p>
      <Choice
        label="Order"
        options={[
          { value: 'table', label: 'by table' },
          { value: 'score', label: 'highest score' },
          { value: 'margin', label: 'smallest margin' },
        ]}
        value={order}
        onChange={onOrder}
      />
      <Scroll label="Tables">
        <table class="cells">
          <thead>
            <tr>
              <th scope="col">Table</th>
              <th scope="col">Code</th>
              <th scope="col">Score</th>
              <th scope="col">Margin</th>
              <th scope="col">Cells, weights</th>
              <th scope="col" class="wide">
                Place
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.table} data-table={row.table} data-code={row.code}>
                <th scope="row">{row.table + 1}</th>
                <td>
                  <Code z={row.z} largest={largest} />
                </td>
                <td class="measure">
                  <span class="number">{row.score.toFixed(3)}</span>
                  <Bar share={row.score / highest} kind="lookup" />
                </td>
                <td class="number">{row.margin.toFixed(3)}</td>
                <td class="reads">
                  {row.cells.slice(0, mostCellsShown).map(({ cell, weight }) => (
                    <span key={cell} class="read">
                      {cell}
                      <small> {weight.toFixed(3)}</small>
                    </span>
                  ))}
                  {row.cells.length > mostCellsShown && (
                    <small>and {row.cells.length - mostCellsShown} more</small>
                  )}
                </td>
                <td class="wide">
                  <Strip row={row} size={size} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
