import type { PlanAddition } from '../../../contract/addition.ts';
import type { CorpusDocument } from '../../../contract/corpus.ts';
import { DocumentPlan } from './documentPlan.ts';
import { passageDocument, windowForQuestion } from './passage.ts';
import type { PlanGround } from './planGround.ts';
import { type RequestRecords, recordedDraft } from './recorded.ts';
import { PlannedDocument, type PlannedMethod } from './synthRequest.ts';
import { additionWishes, regenerateWish } from './wishes.ts';

/** The addition as a plan of its own, or why there is none (for the person who asked). */
export async function additionPlan(
  seq: number,
  addition: PlanAddition,
  about: { card: CorpusDocument; document: PlannedDocument; text: string },
  ground: PlanGround,
  methods: readonly PlannedMethod[],
  records: RequestRecords | undefined,
): Promise<DocumentPlan | string> {
  const { card, document, text } = about;
  const { query, range, regenerate } = addition;
  if (query !== undefined && ground.gate.question(query.text).kind === 'leak') {
    return 'Its question is an evaluation question: refused.';
  }
  if (range !== undefined && (range.end > text.length || range.start >= range.end)) {
    return 'Its passage lies outside the document as it is now.';
  }
  const key = `${card.id}\u0000${addition.id}`;

  if (regenerate !== undefined) {
    const line = await records?.request(regenerate.request);
    if (records === undefined || line === undefined) {
      return `Request ${regenerate.request} is not on record: it cannot be drawn again.`;
    }
    const planned = methods.find(({ method }) => method.id === line.method);
    if (planned === undefined) return `There is no method "${line.method}" any more.`;
    const draft = await recordedDraft(line, records, ground.prompts);
    if (typeof draft === 'string') return draft;
    const wish = regenerateWish(seq, addition, planned, line.stage, draft, document);
    if (wish === undefined) return `Method "${line.method}" has no stage "${line.stage}" any more.`;
    return new DocumentPlan(key, document, [wish], ground);
  }

  const made = additionWishes(seq, addition, {
    methods,
    document,
    ...(range === undefined
      ? {}
      : {
          passage: new PlannedDocument(
            passageDocument(document.document, text, range, card.tokens.tokens),
            card.text_hash,
          ),
        }),
    answered: (wish) => new DocumentPlan(key, document, [wish], ground).answeredNow(),
    queryWindow: query === undefined ? 0 : windowForQuestion(document.document, query.text),
    size: { windows: card.windows, tokens: card.tokens.tokens, characters: card.characters },
  });
  return made.ok ? new DocumentPlan(key, document, made.wishes, ground) : made.message;
}
