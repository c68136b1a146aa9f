import { createHash } from 'node:crypto';
import { REPORT_MARK } from '../../../../contract/corpus.ts';
import { standsWith } from '../../../../contract/harness.ts';
import { modelLines } from '../../../../contract/modelLines.ts';
import { modelLabel, scoringLabel } from '../../../../contract/reportNames.ts';
import type { ResultsSummary } from '../../../../contract/results.ts';
import { scalingGroups } from '../../../../contract/scalingGroups.ts';
import type { Book } from '../evaluationBook.ts';
import { COVERS, COVERS_DECODING } from '../wording.ts';
import { answersSection, type SampledAnswers } from './answers.ts';
import { breakdowns } from './breakdowns.ts';
import { scalingSection } from './curve.ts';
import { html, type Markup, verbatim } from './markup.ts';
import { bySize } from './names.ts';
import { STYLES } from './styles.ts';
import { allCells, fourCells, harnessTable, importedTable } from './tables.ts';

/** The first line of every report: what tells our file from one that must not be overwritten. */
export const PAGE_MARK = `<!doctype html>${REPORT_MARK}`;
/** Tables of four cells on the page; further cells are among all cells. */
const MOST_FOURS = 24;

export interface PageParts {
  /** The project's. */
  readonly name: string;
  /** When the page is made. */
  readonly at: Date;
  readonly summary: ResultsSummary;
  readonly book: Book;
  /** Titles of the documents by id, as far as they are known. */
  readonly titles: ReadonlyMap<string, string>;
  readonly answers: SampledAnswers;
}

/**
 * The report as one file that needs nothing else: no script, no font, no picture from anywhere, and a policy that forbids
 * them. Every figure stands with its interval; every drawing has its table.
 */
export function reportPage(parts: PageParts): string {
  const { name } = parts;
  const hash = createHash('sha256').update(STYLES).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const page = html`<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><title>Results: ${name}</title><style>${verbatim(STYLES)}</style></head>
<body><main><h1>Results: ${name}</h1><p class="muted">Synthetic Mixed Training, written ${parts.at.toISOString().slice(0, 16).replace('T', ' ')} UTC</p>
${sections(parts)}
</main></body></html>`;
  return `${PAGE_MARK}\n${page.text}\n`;
}

function sections({ summary, book, titles, answers }: PageParts): Markup {
  const { cells, fours, scaling, imported, warnings, judges } = summary;
  const shown = bySize(summary).slice(0, MOST_FOURS);
  const alone = summary.harness.filter((row) => !shown.some((four) => standsWith(row, four)));
  const guarded = [...new Set(alone.map(({ model }) => model))];
  const broken = breakdowns(summary, book, titles);
  return html`${warnings.length > 0 ? html`<section class="warnings" aria-label="What to know first"><ul>${warnings.map((text) => html`<li>${text}</li>`)}</ul></section>` : null}
<h2>What was measured</h2>${cells.length === 0 ? html`<p>Nothing is evaluated in this project yet.</p>` : conditions(summary)}
${
  fours.length > 0
    ? html`<h2>Verdict: four cells</h2>${shown.map((four) => fourCells(summary, four))}${fours.length > MOST_FOURS ? html`<p>${fours.length - MOST_FOURS} more models are under “All cells”.</p>` : null}`
    : null
}
${scaling.length > 0 ? html`<h2>Scaling</h2>${scalingGroups(scaling).map((views) => scalingSection(summary, views))}` : null}
${
  guarded.length > 0
    ? html`<h2>Guard rail</h2>${guarded.map((model) =>
        harnessTable(
          alone.filter((row) => row.model === model),
          modelLabel(summary, model ?? 'base'),
        ),
      )}`
    : null
}
${cells.length > 0 ? html`<h2>All cells</h2>${allCells(summary)}` : null}
${imported.length > 0 ? html`<h2>Measured elsewhere</h2>${importedTable(summary)}` : null}
${broken.length > 0 ? html`<h2>By question type and document</h2><p class="covers">By type, intervals are over documents. Within one document it is a t interval over its questions: it says nothing about other documents.</p>${broken}` : null}
${cells.length > 0 ? html`<h2>Some answers</h2>${answersSection(summary, answers)}` : null}
${judges.length > 0 ? html`<h2>Judges</h2><ul>${judges.map((text) => html`<li>${text}</li>`)}</ul>` : null}
<h2>How to read the figures</h2><ul><li>${COVERS}</li><li>${COVERS_DECODING}</li><li>n is questions × answers a question. “parsed” is the share of answers that the extraction could read and, where a judge decides, on which it said yes or no; what is not parsed counts as wrong.</li><li>Differences are paired: both cells answered the same questions. p is of the bootstrap over documents; McNemar’s test takes the majority of each question’s answers, questions as independent.</li><li>Cells are compared only where engine, weights’ dtype, prompt, sampling, scoring and questions are the same. Where a figure has no interval, it is left out and the reason stands in its place.</li></ul>`;
}

function conditions(summary: ResultsSummary): Markup {
  const { cells } = summary;
  const all = <T extends string>(values: readonly T[]): string => [...new Set(values)].join(', ');
  const benchmarks = new Map(
    cells.map(({ benchmark, split, questions_total }) => [
      `${benchmark}${split === 'all' ? '' : ` (${split} split)`}`,
      Math.max(
        questions_total,
        ...cells.filter((one) => one.benchmark === benchmark && one.split === split).map((one) => one.questions_total),
      ),
    ]),
  );
  const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
  const models = modelLines(summary.models).map((line) => html`<li>${line}</li>`);
  const judges = all(
    cells.flatMap(({ judge }) =>
      judge
        ? [
            `${judge.model}${judge.validated ? '' : ' (not validated)'}${judge.kappa === undefined ? '' : `, κ = ${judge.kappa.toFixed(2)}`}`,
          ]
        : [],
    ),
  );
  const facts: [string, string][] = [
    ['Answers', `${summary.answers.toLocaleString('en-US')} to ${summary.questions.toLocaleString('en-US')} questions`],
    ['Benchmarks', [...benchmarks].map(([name, questions]) => `${name}: ${questions} questions`).join('; ')],
    ['Scoring', all(cells.map(({ scoring }) => scoringLabel(scoring)))],
    ['Answered by', all(cells.map(({ engine, dtype }) => `${engine}, ${dtype}`))],
    [
      'Retrieval',
      all(
        cells.flatMap(({ retrieval }) =>
          retrieval === undefined ? [] : [`index and settings ${retrieval.slice(0, 12)}`],
        ),
      ) || 'none',
    ],
    ['Prompt and sampling', `recipe ${all(cells.map(({ recipe }) => recipe.slice(0, 6)))}`],
    ...(judges === '' ? [] : [['Judge', judges] satisfies [string, string]]),
    ['Newest answer', day(Math.max(...cells.map(({ updated }) => updated)))],
    ['Evaluation runs', all(cells.flatMap(({ runs }) => runs))],
  ];
  return html`<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}<dt>Models</dt><dd><ul>${models}</ul></dd></dl>`;
}
