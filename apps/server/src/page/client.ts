import type { FillMaskResponse, InfoResponse } from '../api/types.js';

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element #${id}.`);
  return found as T;
}

function make(tag: string, className: string, text = ''): HTMLElement {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

const form = element<HTMLFormElement>('form');
const text = element<HTMLTextAreaElement>('text');
const status = element('status');
const cards = element('models');

function say(message: string, isError = false): void {
  status.textContent = message;
  status.classList.toggle('error', isError);
}

/** A bar whose width is a share of the whole. CSP forbids style attributes in markup, not style set by script. */
function bar(share: number): HTMLElement {
  const fill = make('span', 'fill');
  fill.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return fill;
}

function candidateList(predictions: FillMaskResponse['results'][number]['predictions'][number]): HTMLElement {
  const list = make('ol', 'candidates');
  for (const { token_str, score } of predictions) {
    const item = document.createElement('li');
    item.append(
      bar(score),
      make('span', 'word', token_str),
      make('span', 'share', `${(score * 100).toFixed(1)} %`),
    );
    list.append(item);
  }
  return list;
}

function show(response: FillMaskResponse, info: InfoResponse): void {
  const slowest = Math.max(...response.results.map((result) => result.milliseconds));
  cards.replaceChildren(
    ...response.results.map((result) => {
      const model = info.models.find((candidate) => candidate.name === result.model);
      const card = make('article', 'card');
      card.dataset.model = result.model;
      const latency = make('div', 'latency', `${result.milliseconds.toFixed(2)} ms`);
      const track = make('span', 'track');
      track.append(bar(result.milliseconds / slowest));
      latency.append(track);
      card.append(
        make('h2', '', model?.label ?? result.model),
        make('p', 'facts', model?.facts ?? ''),
        latency,
      );
      result.predictions.forEach((predictions, i) => {
        if (result.predictions.length > 1) card.append(make('h3', '', `Mask ${i + 1}`));
        card.append(candidateList(predictions));
      });
      return card;
    }),
  );
}

let running: AbortController | undefined;

async function fill(info: InfoResponse): Promise<void> {
  running?.abort();
  const request = new AbortController();
  running = request;
  if (!text.value.includes(info.mask_token)) {
    say(`Put ${info.mask_token} where a word is missing.`);
    return;
  }
  say('Running…');
  try {
    const response = await fetch('/fill-mask', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: text.value, top_k: 6 }),
      signal: request.signal,
    });
    const body = await response.json();
    if (!response.ok) throw new Error(body.error);
    show(body as FillMaskResponse, info);
    say('');
  } catch (error) {
    if (!request.signal.aborted) say(error instanceof Error ? error.message : String(error), true);
  }
}

function insertMask(mask: string): void {
  text.setRangeText(mask, text.selectionStart, text.selectionEnd, 'end');
  text.focus();
  text.dispatchEvent(new Event('input'));
}

function showExamples(info: InfoResponse): void {
  const section = element('examples');
  section.hidden = info.examples.length === 0;
  section.querySelector('ul')?.replaceChildren(
    ...info.examples.map((example) => {
      const button = make('button', '', example) as HTMLButtonElement;
      button.type = 'button';
      button.addEventListener('click', () => {
        text.value = example;
        void fill(info);
      });
      const item = document.createElement('li');
      item.append(button);
      return item;
    }),
  );
}

async function start(): Promise<void> {
  const response = await fetch('/info');
  const info = (await response.json()) as InfoResponse;
  element('mask-token').textContent = info.mask_token;
  element('machine').textContent =
    `${info.backend.name} (${info.backend.isa}), ${info.backend.threads} thread${info.backend.threads === 1 ? '' : 's'}`;
  showExamples(info);
  element('insert').addEventListener('click', () => insertMask(info.mask_token));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void fill(info);
  });
  // Answers while typing, once the hands rest.
  let timer = 0;
  text.addEventListener('input', () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void fill(info), 250);
  });
  if (text.value === '') text.value = info.examples[0] ?? `The people of the United ${info.mask_token}.`;
  await fill(info);
}

start().catch((error: unknown) => say(error instanceof Error ? error.message : String(error), true));
