import { useEffect, useState } from 'preact/hooks';
import { Bar } from '../ui/bar.js';
import { count } from '../ui/format.js';
import { messageOf, Notice } from '../ui/notice.js';
import { useDelayed } from '../ui/use-delayed.js';
import type { Progress } from '../worker/progress.js';
import type { Hit } from '../worker/search.js';
import { ModelChoice, usableModels } from './model-choice.js';
import type { PanelProps } from './props.js';

const shown = 10;

/** Has every sentence embedded, in the background. */
function useIndex({ engine, sentences }: PanelProps, model: number | undefined) {
  const [progress, setProgress] = useState<Progress>();
  const [error, setError] = useState('');
  useEffect(() => {
    if (model === undefined || sentences.length === 0) return;
    const stop = new AbortController();
    setProgress({ done: 0, total: sentences.length });
    setError('');
    engine.run('index', { model, sentences }, { signal: stop.signal, onProgress: setProgress }).then(
      () => setProgress({ done: sentences.length, total: sentences.length }),
      (reason: unknown) => {
        if (!stop.signal.aborted) setError(messageOf(reason));
      },
    );
    return () => stop.abort();
  }, [engine, sentences, model]);
  return { progress, error };
}

/** The sentences nearest in meaning to a query, as far as a model can tell. */
export function SearchPanel(props: PanelProps) {
  const { description, engine, sentences } = props;
  const usable = usableModels(description);
  const lookups = usableModels(description, 'lookup');
  // The look-up model embeds faster.
  const [model, setModel] = useState<number | undefined>(lookups[0] ?? usable[0]);
  const { progress, error } = useIndex(props, model);
  const [query, setQuery] = useState('peace with other nations');
  const [hits, setHits] = useState<readonly Hit[]>([]);
  const [searchError, setSearchError] = useState('');
  const wanted = useDelayed(query.trim(), 120);
  // Asked again as more sentences are known, but not at every step.
  const tenths = progress ? Math.floor((10 * progress.done) / progress.total) : 0;
  useEffect(() => {
    if (model === undefined || wanted === '') return;
    const stop = new AbortController();
    engine.run('search', { model, query: wanted, limit: shown }, stop).then(
      (found) => {
        setHits(found);
        setSearchError('');
      },
      (reason: unknown) => {
        if (!stop.signal.aborted) setSearchError(messageOf(reason));
      },
    );
    return () => stop.abort();
  }, [engine, model, wanted, tenths]);
  if (usable.length === 0) return <Notice>There is no model here whose weights the browser may have.</Notice>;
  if (description.sentences === null) return <Notice>No sentences came with this page.</Notice>;
  const problem = error || searchError;
  return (
    <>
      <label for="query">Search {count(sentences.length)} sentences by meaning</label>
      <input
        id="query"
        type="search"
        value={query}
        maxLength={500}
        autocomplete="off"
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      <ModelChoice description={description} value={model!} onChange={setModel} />
      {problem && <Notice error>{problem}</Notice>}
      {progress && (
        <p class="progress" data-done={progress.done === progress.total}>
          {progress.done < progress.total && (
            <progress max={progress.total} value={progress.done} aria-label="Sentences embedded" />
          )}
          <span>
            {count(progress.done)} of {count(progress.total)} embedded in this browser; from{' '}
            {description.sentences.from}
          </span>
        </p>
      )}
      <ol class="hits">
        {hits.map(({ sentence, similarity }) => (
          <li key={sentence}>
            <span class="number">{similarity.toFixed(2)}</span>
            <Bar share={similarity} kind="lookup" />
            <button type="button" class="plain" title="Search for this" onClick={() => setQuery(sentence)}>
              {sentence}
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}
