import { RejectionReason, type Sample } from '../contract/sample.ts';
import { type Decision, SampleFilter, type SampleLineage } from '../contract/samplesView.ts';
import type { Project } from '../engine/project/index.ts';
import { decide, lineageOf } from '../engine/samples/index.ts';
import { type Arguments, list, wholeNumber } from './arguments.ts';
import { type OpenSamples, openSamples } from './openSamples.ts';
import { dollars, Exit, number, oneLine, printable, type Terminal, UsageError } from './terminal.ts';

const PAGE = 500;
const TOY = 'Written by a very small model: they show how the product works and are not worth training on.';

/** `samples [--method …] [--state …]` lists; `samples accept|reject|delete ID…` and `samples undo` decide. */
export async function samplesVerb(
  terminal: Terminal,
  project: Project,
  values: Arguments['values'],
  [action, ...ids]: readonly string[],
): Promise<Exit> {
  const decision = action === undefined ? undefined : decisionOf(action, ids);
  const filter = decision ? {} : filterOf(values);
  const open = await openSamples(project);
  try {
    for (const note of open.notes) terminal.warn(note);
    if (decision) return await decideOn(terminal, open, decision);
    return await listSamples(terminal, open, filter, values);
  } finally {
    await open.close();
  }
}

function decisionOf(action: string, ids: readonly string[]): Decision {
  if (action === 'undo') return { kind: 'undo' };
  if (action !== 'accept' && action !== 'reject' && action !== 'delete') {
    throw new UsageError(`samples: "${action}" is not one of accept, reject, delete, undo`);
  }
  if (ids.length === 0) throw new UsageError(`samples ${action} ID…: at least one id, as "smt samples" prints it`);
  return { kind: action, samples: [...ids] };
}

function filterOf(values: Arguments['values']): SampleFilter {
  const reasons = list(values.reason).map((reason) => {
    const parsed = RejectionReason.safeParse(reason);
    if (!parsed.success)
      throw new UsageError(`--reason "${reason}" is not one of ${RejectionReason.options.join(', ')}`);
    return parsed.data;
  });
  const { state } = values;
  if (state !== undefined && state !== 'accepted' && state !== 'rejected') {
    throw new UsageError(`--state "${state}" is not one of accepted, rejected`);
  }
  const methods = list(values.method);
  return SampleFilter.parse({
    ...(methods.length > 0 ? { methods } : {}),
    ...(state ? { state } : {}),
    ...(reasons.length > 0 ? { reasons } : {}),
    ...(values.text ? { text: values.text } : {}),
  });
}

async function decideOn(
  terminal: Terminal,
  { reader, reviews, corpus: _corpus }: OpenSamples,
  decision: Decision,
): Promise<Exit> {
  if ('samples' in decision) {
    const known = await reader.getAll(decision.samples);
    const missing = decision.samples.find((id) => !known.has(id));
    if (missing) throw new UsageError(`There is no sample "${missing}". Nothing was decided.`);
  }
  const { summary } = await decide(decision, { book: reviews, samples: (ids) => reader.getAll(ids) });
  terminal.record({ summary });
  terminal.say(summary);
  return Exit.done;
}

async function listSamples(
  terminal: Terminal,
  { reader, corpus }: OpenSamples,
  filter: SampleFilter,
  values: Arguments['values'],
): Promise<Exit> {
  const documents = await documentsOf(values, corpus.documents);
  const narrowed: SampleFilter = documents ? { ...filter, documents } : filter;
  const limit =
    values.limit === undefined
      ? terminal.json
        ? Number.POSITIVE_INFINITY
        : 20
      : wholeNumber('--limit', values.limit, 1);
  const start = values.offset === undefined ? 0 : wholeNumber('--offset', values.offset, 0);
  let shown = 0;
  let total = 0;
  let toy = false;
  while (shown < limit) {
    const page = await reader.page(narrowed, start + shown, Math.min(PAGE, limit - shown));
    total = page.total;
    for (const sample of page.samples) {
      terminal.record(sample);
      if (!terminal.json) for (const line of describe(sample)) terminal.say(line);
      toy ||= sample.toy === true;
    }
    shown += page.samples.length;
    if (page.samples.length === 0) break;
  }
  if (terminal.json) return Exit.done;
  const counts = await reader.counts(narrowed);
  const reasons = Object.entries(counts.reasons).map(([reason, n]) => `${number.format(n)} ${reason}`);
  terminal.say(
    total === 0
      ? 'No samples match. "smt generate --preview" makes some; "smt samples" without filters lists all.'
      : `${shown} of ${number.format(total)} shown: ${number.format(counts.accepted)} accepted, ${number.format(counts.rejected)} rejected${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}${counts.stale > 0 ? `, ${number.format(counts.stale)} stale` : ''}.`,
  );
  if (toy) terminal.say(TOY);
  return Exit.done;
}

async function documentsOf(
  values: Arguments['values'],
  known: readonly { id: string }[],
): Promise<string[] | undefined> {
  const globs = list(values.document);
  if (globs.length === 0) return undefined;
  const { matchesAny } = await import('../engine/generate/scope.ts');
  const documents = known.filter(({ id }) => matchesAny(globs, id)).map(({ id }) => id);
  // A document that is gone has samples still: named exactly, it is found.
  return documents.length > 0 ? documents : globs;
}

function describe(sample: Sample): string[] {
  const state = sample.state === 'accepted' ? 'accepted' : `rejected: ${sample.reason}`;
  const marks = [sample.reviewed ? 'reviewed' : '', sample.stale ? 'stale' : ''].filter(Boolean).join(', ');
  const head = `${sample.id}  ${sample.method}  ${sample.document}  ${state}${marks ? `  (${marks})` : ''}`;
  if (sample.kind === 'qa' && sample.question) {
    return [head, `  Q ${oneLine(sample.question, 160)}`, `  A ${oneLine(sample.answer ?? '', 160)}`];
  }
  const about = sample.query_text ? [`  for "${oneLine(sample.query_text, 140)}"`] : [];
  return [head, ...about, `  ${oneLine(sample.text ?? sample.detail ?? '', 160)}`];
}

/** `show ID`: everything behind one sample, back to the passage it came from. */
export async function showVerb(terminal: Terminal, project: Project, id: string): Promise<Exit> {
  const open = await openSamples(project);
  try {
    const sample = (await open.reader.get(id)) ?? (await open.reader.page({ request: id }, 0, 1)).samples[0];
    if (!sample) throw new UsageError(`There is no sample or request "${id}". "smt samples" lists ids.`);
    const lineage = await lineageOf(sample.id, {
      reader: open.reader,
      completions: open.completions,
      requests: open.requests,
      questions: open.reviews.questions(),
      document: async (documentId) => {
        const found = open.corpus.documents.find((document) => document.id === documentId);
        return found
          ? { title: found.title, path: found.path, pages: found.pages, windows: await open.corpus.windows(documentId) }
          : undefined;
      },
    });
    terminal.record(lineage);
    if (!terminal.json) await print(terminal, open, lineage);
    return Exit.done;
  } finally {
    await open.close();
  }
}

async function print(terminal: Terminal, open: OpenSamples, lineage: SampleLineage): Promise<void> {
  const { sample, document, request, completion, query } = lineage;
  const section = (title: string, text: string) => terminal.say(`\n${title}\n${printable(text)}`);
  for (const line of describe(sample)) terminal.say(line);
  if (sample.detail) terminal.say(`  ${oneLine(sample.detail, 300)}`);
  if (sample.toy) terminal.say(`  ${TOY}`);
  section(
    'Document',
    `${document.title} (${document.path}), window ${document.window + 1}, characters ${document.start}–${document.end}${document.page ? `, page ${document.page}` : ''}`,
  );
  if (sample.source && !sample.stale) {
    const text = await open.corpus.text(sample.document).catch(() => undefined);
    if (text) section('Source passage', text.slice(sample.source.start, sample.source.end));
  }
  if (query) section('Question it was focused on', `${query.text}  [${query.id}]`);
  if (lineage.strategy) section('Strategy', lineage.strategy);
  if (sample.question) section('Question', sample.question);
  if (sample.explanation) section('Explanation', sample.explanation);
  if (sample.answer) section('Answer', sample.answer);
  if (sample.text) section('Text', sample.text);
  if (sample.original) section('Before the edit', sample.original);
  section('Request', `${request.id}  ${request.method}/${request.stage}  ${JSON.stringify(request.params)}`);
  for (const message of request.messages) section(`Prompt (${message.role})`, message.content);
  if (completion) {
    section(
      'Completion',
      `${completion.endpoint} · ${sample.model} · ${completion.input_tokens} tokens in, ${completion.output_tokens} out · ${Math.round(completion.ms)} ms · ${dollars(completion.cost)} · finish_reason ${completion.finish_reason} · run ${completion.run}`,
    );
    section('Raw', completion.raw);
  }
  for (const rewrite of lineage.served_by)
    terminal.say(`\nServes this question: ${rewrite.id} (${rewrite.method}, ${rewrite.state})`);
}
