import { kernelText } from '../model/kernel.js';
import { count, duration, percent } from '../ui/format.js';
import { escapeHtml } from './escape.js';
import { chartPlace, page } from './page.js';
import { type DemoReport, type FilledWord, type MaskReport, modelNames, modelTitles } from './report.js';
import { comparisonRows } from './rows.js';
import { smooth } from './smooth.js';

/** Both curves on one step axis, as uPlot wants them: `[steps, dense, lookup]` with null where one has no point. */
function curves(report: DemoReport): (number | null)[][] {
  // A fortieth of the run: calm enough to compare two lines, quick enough to show where the loss falls.
  const smoothed = modelNames.map(
    (name) =>
      new Map(
        smooth(report.models[name].lossCurve, Math.max(1, report.training.steps / 40)).map((point) => [
          point.step,
          Number(point.value.toFixed(5)),
        ]),
      ),
  );
  const steps = [...new Set(smoothed.flatMap((curve) => [...curve.keys()]))].sort((a, b) => a - b);
  return [steps, ...smoothed.map((curve) => steps.map((step) => curve.get(step) ?? null))];
}

function comparisonTable(report: DemoReport): string {
  const rows = comparisonRows(report).map(
    (row) =>
      `<tr><th scope="row">${escapeHtml(row.title)}</th><td>${escapeHtml(row.dense)}</td><td>${escapeHtml(row.lookup)}</td><td>${escapeHtml(row.comparison)}</td></tr>`,
  );
  return `<div class="scroll"><table>
<thead><tr><th></th><th scope="col" class="dense">${modelTitles.dense}</th><th scope="col" class="lookup">${modelTitles.lookup}</th><th scope="col">LookupFFN against dense</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>`;
}

function guesses(words: readonly FilledWord[], answer: string): string {
  const items = words.map(
    ({ word, probability }) =>
      `<li${word.trim() === answer.trim() ? ' class="hit"' : ''}><span>${escapeHtml(word.trim() || JSON.stringify(word))}</span><span class="quiet">${percent(probability)}</span></li>`,
  );
  return `<ol>${items.join('')}</ol>`;
}

function mask({ before, after, answer, dense, lookup }: MaskReport): string {
  return `<div class="mask">
<p>${escapeHtml(before)}<mark>${escapeHtml(answer)}</mark>${escapeHtml(after)}</p>
<div class="pair">
<div><h3 class="dense">${modelTitles.dense}</h3>${guesses(dense, answer)}</div>
<div><h3 class="lookup">${modelTitles.lookup}</h3>${guesses(lookup, answer)}</div>
</div></div>`;
}

function facts(report: DemoReport): string {
  const { corpus, training, kernel, machine, models } = report;
  const rows: [string, string][] = [
    ['Corpus', corpus.source],
    [
      'Documents',
      `${count(corpus.documents)}, of which ${count(corpus.validationDocuments)} held out for validation`,
    ],
    [
      'Tokens',
      `${count(corpus.trainingTokens)} for training, ${count(corpus.validationTokens)} for validation, vocabulary ${count(corpus.vocabulary)}`,
    ],
    [
      'Training',
      `${count(training.steps)} steps of ${training.batch} sequences of ${training.sequence} tokens; same seed (${training.seed}), data order and schedule for both`,
    ],
    [
      'Time in training',
      `${duration(models.dense.trainingSeconds)} dense, ${duration(models.lookup.trainingSeconds)} lookup`,
    ],
    ['Kernel', kernelText(kernel)],
    ['Machine', `${machine.cpu}, ${machine.cpus} CPUs, ${machine.platform}, Node ${machine.node}`],
    ['Made', report.created],
  ];
  return `<dl>${rows.map(([term, value]) => `<dt>${term}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`;
}

/** The report as one HTML file that asks for nothing from outside. */
export function reportHtml(report: DemoReport): string {
  const { note } = report.training;
  return page({
    title: 'Dense FFN and LookupFFN, side by side',
    body: `<p>Two small masked language models, trained on the same text from the same seed. They differ in one thing: the feed-forward blocks of the one multiply matrices, those of the other look their answer up in tables.</p>
${note ? `<p class="quiet">${escapeHtml(note)}</p>` : ''}
<h2>Comparison</h2>
${comparisonTable(report)}
<h2>Loss while training</h2>
${chartPlace}
<h2>Words hidden from held-out sentences</h2>
<p class="quiet">The marked word was hidden; each model's first guesses, the right one underlined.</p>
${report.masks.map(mask).join('\n')}
<h2>How this was made</h2>
${facts(report)}`,
    charts: [
      {
        y: 'training loss (nats, smoothed)',
        lines: modelNames.map((name) => ({ label: modelTitles[name], colour: name })),
        series: curves(report),
      },
    ],
  });
}
