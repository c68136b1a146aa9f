import type { CorpusDocument } from '../../../contract/corpus.ts';
import type { RequestLine } from '../../../contract/request.ts';
import type { Prompts } from '../template/prompts.ts';
import type { Draft } from '../types.ts';
import { ORPHAN_ORDER, PlannedDocument, type PlannedMethod, SynthRequest } from './synthRequest.ts';

/** Where a request of an earlier plan is read from. `RequestStore` is one. */
export interface RequestRecords {
  request(id: string): Promise<RequestLine | undefined>;
  text(hash: string): Promise<string | undefined>;
}

/** What a recorded request was made of, or why the record is not enough. Replica 0. */
export async function recordedDraft(
  line: RequestLine,
  records: RequestRecords,
  prompts: Prompts,
): Promise<Draft | string> {
  const inputs: Record<string, string> = {};
  for (const [name, hash] of Object.entries(line.inputs)) {
    const text = await records.text(hash);
    if (text === undefined) return `A text of request ${line.id} (${name}) is not on record.`;
    inputs[name] = text;
  }
  const template = [...prompts.values()].find(({ hash }) => hash === line.template)?.name ?? line.template_name;
  if (template === undefined) return `The prompt of request ${line.id} is not known by name.`;
  const query =
    line.query === undefined ? {} : { query: { id: line.query, text: inputs.question ?? '', window: line.window } };
  return {
    stage: line.stage,
    template,
    window: line.window,
    replica: 0,
    inputs,
    ...query,
    ...(inputs.strategy === undefined ? {} : { strategy: inputs.strategy }),
    ...(line.source === undefined ? {} : { source: line.source }),
  };
}

/**
 * A request as it was made then, under its own id: for answers that today's settings no longer plan (fewer calls,
 * another prompt, a changed document). They were paid for and keep their samples.
 */
export async function recordedRequest(
  line: RequestLine,
  ground: {
    records: RequestRecords;
    /** Methods with their prompts: those of today's profile first, then those that the project may have used before. */
    profiles: readonly { methods: readonly PlannedMethod[]; prompts: Prompts }[];
    /** The document as it is now, with its text. */
    found: { card: CorpusDocument; text: string } | undefined;
  },
): Promise<SynthRequest | string> {
  const { records, profiles, found } = ground;
  // An answer is read by the parsers of the prompt that asked for it.
  const profile = profiles.find(({ prompts }) => wrote(prompts, line)) ?? profiles[0];
  if (profile === undefined) return 'There are no methods.';
  const { methods, prompts } = profile;
  const planned = methods.find(({ method }) => method.id === line.method);
  const stageIndex = planned?.method.stages.findIndex(({ id }) => id === line.stage) ?? -1;
  const stage = planned?.method.stages[stageIndex];
  if (planned === undefined || stage === undefined) return `There is no stage "${line.method}/${line.stage}" any more.`;
  const draft = await recordedDraft(line, records, prompts);
  if (typeof draft === 'string') return draft;
  const template = prompts.get(draft.template) ?? [...prompts.values()][0];
  if (template === undefined) return 'There are no prompts.';
  const shown = draft.inputs.document ?? '';
  const start = Math.max(0, found?.text.indexOf(shown) ?? -1);
  const document = new PlannedDocument(
    {
      id: line.document,
      title: draft.inputs.title ?? found?.card.title ?? line.document,
      metadata: found?.card.metadata ?? {},
      windows: [{ index: line.window, start, end: start + shown.length, text: shown, tokens: 0 }],
    },
    // Of a text that is no longer in the document only the window's hash is known: stale either way.
    found !== undefined && standsIn(found.text, draft) ? found.card.text_hash : (line.inputs.document ?? ''),
  );
  const order = ORPHAN_ORDER + (Number.parseInt(line.id.slice(0, 7), 16) % 90_000_000);
  // Today's prompt of that name may read more variables than were given then; it is not rendered here.
  const inputs = { ...Object.fromEntries(template.variables.map((name) => [name, ''])), ...draft.inputs };
  const own = { ...draft, inputs, replica: line.replica };
  return new SynthRequest({ planned, stage, stageIndex }, document, own, template, line.model, order, line.id);
}

const wrote = (prompts: Prompts, { template, template_name }: RequestLine): boolean =>
  (template_name !== undefined && prompts.has(template_name)) ||
  [...prompts.values()].some(({ hash }) => hash === template);

/** Does a document still say, at the same place, what the request was made of? */
function standsIn(text: string, { inputs, source }: Draft): boolean {
  const { document, fact } = inputs;
  if (document !== undefined) {
    const at = text.indexOf(document);
    return at >= 0 && (source === undefined || (source.start >= at && source.end <= at + document.length));
  }
  const flat = (piece: string) => piece.replace(/\s+/g, ' ');
  return fact === undefined || source === undefined || flat(text.slice(source.start, source.end)).includes(flat(fact));
}
