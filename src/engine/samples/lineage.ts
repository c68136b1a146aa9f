import { ChatCompletion } from '../../contract/chat.ts';
import type { CompletionLine } from '../../contract/completion.ts';
import type { RequestLine } from '../../contract/request.ts';
import type { Sample } from '../../contract/sample.ts';
import type { SampleLineage } from '../../contract/samplesView.ts';
import { readTemplate } from '../synth/template/template.ts';
import { UnknownSample } from './decide.ts';
import type { OwnQuestion } from './reviewBook.ts';
import type { SampleReader } from './types.ts';

/** Where the steps behind a sample are read: `CompletionLog`, `RequestStore`, the corpus and the reviews. */
export interface LineageSources {
  reader: SampleReader;
  completions: { read(id: string): Promise<CompletionLine | undefined> };
  requests: {
    request(id: string): Promise<RequestLine | undefined>;
    text(hash: string): Promise<string | undefined>;
  };
  /** A document as it is now; undefined where it is gone. */
  document(id: string): Promise<LineageDocument | undefined>;
  questions: readonly OwnQuestion[];
}

export interface LineageDocument {
  title: string;
  path: string;
  pages?: readonly number[] | undefined;
  windows: readonly { start: number; end: number }[];
}

const LISTED = 100;

/**
 * Everything behind one sample: document → (question) → (strategy) → request → completion → sample. The prompt is
 * rendered again from the stored template and texts, so it is exactly what was sent.
 * @throws UnknownSample
 */
export async function lineageOf(id: string, sources: LineageSources): Promise<SampleLineage> {
  const { reader } = sources;
  const sample = await reader.get(id);
  if (!sample) throw new UnknownSample(id);
  const [request, completion, siblings, served, query] = await Promise.all([
    requestOf(sample, sources),
    sources.completions.read(sample.request),
    reader.page({ request: sample.request }, 0, LISTED),
    reader.page({ query: sample.id }, 0, LISTED),
    queryOf(sample, sources),
  ]);
  return {
    sample,
    document: await documentOf(sample, sources),
    ...(sample.strategy === undefined ? {} : { strategy: sample.strategy }),
    ...(query ? { query } : {}),
    served_by: served.samples.map(({ id, method, state }) => ({ id, method, state })),
    request,
    completion: completion ? completionOf(completion) : null,
    siblings: siblings.samples.filter((one) => one.id !== id).map(({ id, state }) => ({ id, state })),
  };
}

/** The prompt of a request as it was sent, rendered from what is stored; undefined where a text is missing. */
export async function promptOf(
  line: RequestLine,
  requests: LineageSources['requests'],
): Promise<{ role: string; content: string }[] | undefined> {
  const body = await requests.text(line.template);
  if (body === undefined) return undefined;
  const inputs: Record<string, string> = {};
  for (const [name, hash] of Object.entries(line.inputs)) {
    const text = await requests.text(hash);
    if (text === undefined) return undefined;
    inputs[name] = text;
  }
  // The front matter's parameters stand in the request; only the body is stored.
  const read = readTemplate(line.stage, `---\nmax_tokens: 1\n---\n${body}`);
  return read.ok ? read.template.render(inputs) : undefined;
}

async function requestOf(sample: Sample, { requests }: LineageSources): Promise<SampleLineage['request']> {
  const line = await requests.request(sample.request);
  if (!line) {
    return {
      id: sample.request,
      method: sample.method,
      stage: '',
      template: '',
      messages: [],
      params: {},
      replica: 0,
    };
  }
  return {
    id: line.id,
    method: line.method,
    stage: line.stage,
    template: line.template_name ?? line.template,
    messages: (await promptOf(line, requests)) ?? [],
    params: { model: line.model, ...line.params },
    replica: line.replica,
  };
}

function completionOf(line: CompletionLine): SampleLineage['completion'] {
  const body = ChatCompletion.safeParse(line.response?.body).data;
  const choice = body?.choices[0];
  const reasoning = choice?.message.reasoning_content ?? choice?.message.reasoning;
  const { endpoint, ms, at, input_tokens, output_tokens, cost, attempt, run } = line.smt;
  return {
    raw: choice?.message.content ?? (body || !line.response ? '' : JSON.stringify(line.response.body, null, 2)),
    ...(reasoning ? { reasoning } : {}),
    finish_reason: choice?.finish_reason ?? null,
    ...{ endpoint, ms, at, input_tokens, output_tokens, cost, attempt, run },
    ...(line.error ? { error: `${line.error.code}: ${line.error.message}` } : {}),
  };
}

async function queryOf(sample: Sample, { reader, questions }: LineageSources): Promise<SampleLineage['query']> {
  if (sample.query === undefined) return undefined;
  const asked = await reader.get(sample.query);
  const own = questions.find((question) => question.id === sample.query);
  const text = sample.query_text ?? asked?.question ?? own?.text ?? '';
  return { id: sample.query, text, ...(asked ? { sample: asked } : {}) };
}

async function documentOf(sample: Sample, sources: LineageSources): Promise<SampleLineage['document']> {
  const document = await sources.document(sample.document);
  const window = sample.window ?? 0;
  const place = sample.source ?? document?.windows[window] ?? { start: 0, end: 0 };
  const page = document?.pages ? document.pages.findLastIndex((start) => start <= place.start) + 1 : 0;
  return {
    id: sample.document,
    title: document?.title ?? sample.document,
    path: document?.path ?? sample.document.split('#')[0] ?? sample.document,
    window,
    start: place.start,
    end: place.end,
    ...(page > 0 ? { page } : {}),
  };
}
