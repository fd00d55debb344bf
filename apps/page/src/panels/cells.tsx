import { useEffect, useMemo, useState } from 'preact/hooks';
import { Choice } from '../ui/choice.js';
import { visibleToken } from '../ui/format.js';
import { messageOf, Notice } from '../ui/notice.js';
import { SentenceField } from '../ui/sentence.js';
import { useDelayed } from '../ui/use-delayed.js';
import type { CellReads } from '../worker/cells.js';
import { CellTable, type Order } from './cell-table.js';
import { ModelChoice, usableModels, useOpened } from './model-choice.js';
import type { PanelProps } from './props.js';

function useReads(
  { engine }: PanelProps,
  model: number | undefined,
  layer: number | undefined,
  text: string,
) {
  const [state, setState] = useState<{ reads?: CellReads; error?: string }>({});
  useEffect(() => {
    if (model === undefined || layer === undefined) return;
    const stop = new AbortController();
    engine.run('cells', { model, layer, text }, stop).then(
      (reads) => setState({ reads }),
      (error: unknown) => {
        if (!stop.signal.aborted) setState((old) => ({ ...old, error: messageOf(error) }));
      },
    );
    return () => stop.abort();
  }, [engine, model, layer, text]);
  return state;
}

/** For each token, the share of tables in which it has the same code as the chosen one. */
export function sharedCodes({ codes, tables, tokens }: CellReads, chosen: number): number[] {
  return tokens.map((_, token) => {
    let same = 0;
    for (let t = 0; t < tables; t++) if (codes[token * tables + t] === codes[chosen * tables + t]) same++;
    return same / tables;
  });
}

/** A token and a layer, and which cells of each table were read for it. */
export function CellsPanel(props: PanelProps & { text: string; onText: (text: string) => void }) {
  const { description, engine, text, onText } = props;
  const usable = usableModels(description, 'lookup');
  const [model, setModel] = useState<number | undefined>(usable[0]);
  const { opened, error: openError } = useOpened(engine, model);
  const [wantedLayer, setLayer] = useState(0);
  const layers = opened?.lookupLayers ?? [];
  const layer = layers.includes(wantedLayer) ? wantedLayer : layers[0];
  const { reads, error } = useReads(props, model, layer, useDelayed(text, 120));
  const [wantedToken, setToken] = useState<number>();
  const [order, setOrder] = useState<Order>('table');
  const token = Math.min(wantedToken ?? 1, (reads?.tokens.length ?? 1) - 1);
  const shared = useMemo(() => (reads ? sharedCodes(reads, token) : []), [reads, token]);
  if (usable.length === 0) {
    return <Notice>There is no look-up model here whose weights the browser may have.</Notice>;
  }
  return (
    <>
      <SentenceField id="cells-text" text={text} maskToken={description.maskToken} onText={onText} />
      <ModelChoice description={description} kind="lookup" value={model!} onChange={setModel} />
      {layer !== undefined && (
        <Choice
          label="Layer"
          options={layers.map((value) => ({ value, label: `Layer ${value + 1}` }))}
          value={layer}
          onChange={setLayer}
        />
      )}
      {(openError ?? error) && <Notice error>{openError ?? error}</Notice>}
      {!reads && !openError && !error && <Notice>Opening the model…</Notice>}
      {reads && (
        <>
          <p class="hint">
            Choose a token. The stronger the tint of another, the more tables give both the same code.
          </p>
          <Choice
            label="Token"
            class="tokens"
            options={reads.tokens.map((word, i) => ({
              value: i,
              label: visibleToken(word),
              tint: i === token ? 0 : shared[i],
            }))}
            value={token}
            onChange={setToken}
          />
          <CellTable reads={reads} token={token} order={order} onOrder={setOrder} />
        </>
      )}
    </>
  );
}
