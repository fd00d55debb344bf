import { useEffect, useMemo, useState } from 'preact/hooks';
import { fetchDescription, fetchSentences } from './client/description.js';
import { Engine } from './client/engine.js';
import type { PageDescription } from './description.js';
import { BenchmarkPanel } from './panels/benchmark.js';
import { CellsPanel } from './panels/cells.js';
import type { PanelProps } from './panels/props.js';
import { SearchPanel } from './panels/search.js';
import { TablesPanel } from './panels/tables.js';
import { WordsPanel } from './panels/words.js';
import { messageOf, Notice } from './ui/notice.js';
import { Tabs } from './ui/tabs.js';

function Panels({ description, engine }: Pick<PanelProps, 'description' | 'engine'>) {
  const [sentences, setSentences] = useState<readonly string[]>([]);
  const [kernel, setKernel] = useState('');
  const [text, setText] = useState(
    description.examples[0] ?? `The people of the United ${description.maskToken}.`,
  );
  useEffect(() => {
    engine.backend.then(setKernel, (error: unknown) => setKernel(messageOf(error)));
    // Behind the words, which somebody waits for.
    const later = setTimeout(() => {
      fetchSentences(description).then(setSentences, (error: unknown) => setKernel(messageOf(error)));
    }, 300);
    return () => clearTimeout(later);
  }, [description, engine]);
  const shared = { description, engine, sentences };
  return (
    <>
      <Tabs
        label="What to look at"
        tabs={[
          { id: 'words', title: 'Words', panel: <WordsPanel {...shared} text={text} onText={setText} /> },
          { id: 'cells', title: 'Cells', panel: <CellsPanel {...shared} text={text} onText={setText} /> },
          { id: 'search', title: 'Search', panel: <SearchPanel {...shared} /> },
          { id: 'benchmark', title: 'Benchmark', panel: <BenchmarkPanel {...shared} /> },
          { id: 'tables', title: 'Tables', panel: <TablesPanel {...shared} /> },
        ]}
      />
      <footer>
        In this browser: {kernel || 'starting'}.{' '}
        {description.server
          ? `On the server: ${description.server.label}.`
          : 'No server computes: all of it runs here.'}
      </footer>
    </>
  );
}

export function App() {
  const [description, setDescription] = useState<PageDescription>();
  const [error, setError] = useState('');
  const { fetched, engine } = useMemo(() => {
    const fetched = fetchDescription();
    return { fetched, engine: new Engine(fetched) };
  }, []);
  useEffect(() => {
    fetched.then(setDescription, (reason: unknown) => setError(messageOf(reason)));
  }, [fetched]);
  return (
    <>
      <header>
        <h1>lookupffn</h1>
        <p>Transformers whose feed-forward layers look rows up in tables, beside ones that multiply.</p>
      </header>
      <main>
        {error && <Notice error>{error}</Notice>}
        {description && <Panels description={description} engine={engine} />}
      </main>
    </>
  );
}
