import { useEffect, useState } from 'preact/hooks';
import { fillOnServer } from '../client/server.js';
import type { PageModel } from '../description.js';
import { Bar } from '../ui/bar.js';
import { milliseconds, percent, visibleToken } from '../ui/format.js';
import { messageOf, Notice } from '../ui/notice.js';
import { SentenceField } from '../ui/sentence.js';
import { useDelayed } from '../ui/use-delayed.js';
import type { Filled, Guess } from '../worker/fill.js';
import type { PanelProps } from './props.js';

const guesses = 6;

/** Where something was computed. */
type Place = 'server' | 'browser';

interface Outcome {
  readonly filled?: Filled;
  readonly error?: string;
}

const keyOf = (place: Place, model: number) => `${place} ${model}`;

/** Fills the masks in every place there is and calls back as the answers come. */
function useFilled(
  { description, engine }: PanelProps,
  text: string,
  key: string,
): ReadonlyMap<string, Outcome> {
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const hasMask = text.includes(description.maskToken);
  useEffect(() => {
    if (!hasMask) return;
    const stop = new AbortController();
    const settle = (place: Place, model: number, work: Promise<Filled>) => {
      const put = (outcome: Outcome) => {
        if (!stop.signal.aborted) setOutcomes((all) => new Map(all).set(keyOf(place, model), outcome));
      };
      work.then(
        (filled) => put({ filled }),
        (error: unknown) => put({ error: messageOf(error) }),
      );
    };
    const { server } = description;
    let before: Promise<unknown> = Promise.resolve();
    description.models.forEach(({ name, folder }, model) => {
      if (folder) settle('browser', model, engine.run('fill', { model, text, topK: guesses }, stop));
      if (!server || (server.needsKey && key === '')) return;
      // One after the other: side by side they would share the server's cores and measure each other.
      const asked = before.then(() =>
        fillOnServer(server, { model: name, text, topK: guesses, key }, stop.signal),
      );
      before = asked.catch(() => {});
      settle('server', model, asked);
    });
    return () => stop.abort();
  }, [description, engine, text, hasMask, key]);
  return outcomes;
}

function Latency({ place, outcome, slowest }: { place: Place; outcome?: Outcome; slowest: number }) {
  const title = place === 'server' ? 'server, native' : 'browser, wasm';
  return (
    <div class="latency" data-place={place}>
      <span class="place">{title}</span>
      <Bar share={(outcome?.filled?.milliseconds ?? 0) / slowest} kind={place} />
      <span class="number">
        {outcome?.filled ? milliseconds(outcome.filled.milliseconds) : outcome?.error ? '–' : '…'}
      </span>
      {outcome?.error && <Notice error>{outcome.error}</Notice>}
    </div>
  );
}

function Candidates({ list }: { list: readonly Guess[] }) {
  return (
    <ol class="candidates">
      {list.map(({ text, probability }, rank) => (
        <li key={rank}>
          <Bar share={probability} />
          <span class="word">{visibleToken(text)}</span>
          <span class="number">{percent(probability)}</span>
        </li>
      ))}
    </ol>
  );
}

function Card(props: {
  model: PageModel;
  places: readonly Place[];
  outcomeOf: (place: Place) => Outcome | undefined;
  slowest: number;
}) {
  const { model, places, outcomeOf, slowest } = props;
  const filled = places.map((place) => outcomeOf(place)?.filled).find(Boolean);
  return (
    <article class={`card ${model.ffn}`} data-model={model.name}>
      <h2>{model.label}</h2>
      <p class="facts">{model.facts}</p>
      {places.map((place) => (
        <Latency key={place} place={place} outcome={outcomeOf(place)} slowest={slowest} />
      ))}
      {filled?.masks.map((list, i) => (
        <div key={i}>
          {filled.masks.length > 1 && <h3>Mask {i + 1}</h3>}
          <Candidates list={list} />
        </div>
      ))}
    </article>
  );
}

/** A sentence, and what each model puts in its gaps, with what it took where. */
export function WordsPanel(props: PanelProps & { text: string; onText: (text: string) => void }) {
  const { description, text, onText } = props;
  const { models, maskToken, examples, server } = description;
  const [key, setKey] = useState('');
  const outcomes = useFilled(props, useDelayed(text, 120), useDelayed(key.trim(), 400));
  const times = [...outcomes.values()].map(({ filled }) => filled?.milliseconds ?? 0);
  const placesOf = ({ folder }: PageModel): Place[] => [
    ...(server ? (['server'] as const) : []),
    ...(folder ? (['browser'] as const) : []),
  ];
  return (
    <>
      <SentenceField id="text" text={text} maskToken={maskToken} onText={onText} />
      {!text.includes(maskToken) && <Notice>Put {maskToken} where a word is missing.</Notice>}
      {server?.needsKey && (
        <div class="key">
          <label for="key">API key of this server</label>
          {/* Kept nowhere: gone with the page. */}
          <input
            id="key"
            type="password"
            autocomplete="off"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </div>
      )}
      {examples.length > 0 && (
        <ul class="examples" aria-label="Examples">
          {examples.map((example) => (
            <li key={example}>
              <button type="button" onClick={() => onText(example)}>
                {example}
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="cards">
        {models.map((model, i) => (
          <Card
            key={model.name}
            model={model}
            places={placesOf(model)}
            outcomeOf={(place) => outcomes.get(keyOf(place, i))}
            slowest={Math.max(...times, 1e-6)}
          />
        ))}
      </div>
    </>
  );
}
