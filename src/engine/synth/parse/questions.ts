import type { Parsed } from '../types.ts';
import { jsonIn } from './balancedJson.ts';

const KEPT = 'Complete item of an answer that was cut by max_tokens.';

type Field = 'question' | 'explanation' | 'answer';

interface Item extends Record<Field, string> {
  note: string;
}

/**
 * A field marker at the start of a line, in the dress that models give it: `**Question 2:**`, `### Question`,
 * `3. Q:`, `Final answer:`. A bare `Q` or `A` needs its colon.
 */
const MARKER =
  /^[ \t>#*_-]*(?:\(?\d{1,3}[.):][ \t]*)?[*_]*(question|explanation|reasoning|short answer|final answer|answer|q|a)[ \t]*(?:#?\d{1,3})?[ \t]*[*_]*[ \t]*(?:[:：][*_]*[ \t]*(.*)|[*_ \t]*)$/i;
const MARKER_REACH = 160;
const PASSAGE =
  /\b(?:according to|based on|as (?:stated|described|mentioned) in|mentioned in|stated in|described in) (?:the|this) (?:given |above |provided )?(?:passage|text|excerpt|context|paragraph|section)\b|\b(?:passage|text|excerpt|context|document) (?:above|below|provided)\b/i;
const OPTIONS = /(?:^|\s)\(?A[).:]\s[\s\S]+?(?:\s|^)\(?B[).:]\s[\s\S]+?(?:\s|^)\(?C[).:]\s/;

/**
 * Questions with explanation and answer: by field markers, else from JSON (objects with question and answer).
 *
 * Truncated completions keep their complete items (recipe §3.1): the last item is always dropped, because nothing
 * tells whether its answer was finished, and is reported as `truncated`. Items before it are whole.
 */
export function parseQuestions(content: string, { truncated }: { truncated: boolean }): Parsed[] {
  const marked = byMarkers(content);
  // A JSON list that was cut closes nowhere: repairing it would invent the end of its last item, which is dropped.
  const found = marked.length > 0 ? marked : byJson(content);
  if (found.length === 0) {
    if (truncated) return [reject('truncated', 'Cut by max_tokens before the first complete question.', content)];
    return [reject('malformed', 'No "Question:" / "Answer:" fields and no JSON with them.', content)];
  }
  const whole = truncated ? found.slice(0, -1).map((item) => ({ ...item, note: KEPT })) : found;
  const parsed = whole.map(checked);
  const last = found.at(-1);
  if (truncated && last !== undefined) {
    parsed.push(reject('truncated', 'The last item was cut by max_tokens.', last.question || content.slice(-400)));
  }
  return parsed;
}

function checked(item: Item): Parsed {
  const { question, explanation, answer } = item;
  const text = `Question: ${question}\nExplanation: ${explanation}\nAnswer: ${answer}`;
  if (question === '') return reject('malformed', 'An answer without a question.', text);
  if (answer === '') return reject('malformed', 'A question without an answer.', text);
  if (!/[\p{L}\p{N}]/u.test(question)) return reject('malformed', 'The question has no words.', text);
  if (/^<.*>$/.test(question) || /^<.*>$/.test(answer)) {
    return reject('malformed', "The prompt's placeholder was repeated instead of a question.", text);
  }
  if (OPTIONS.test(question.slice(0, 2000)))
    return reject('malformed', 'Multiple choice: open-ended questions were asked for.', text);
  if (PASSAGE.test(question)) {
    const detail = 'The question points at "the passage": it makes no sense without the document at hand.';
    return reject('malformed', detail, text);
  }
  const note = item.note === '' ? {} : { note: item.note };
  return { kind: 'qa', question, ...(explanation === '' ? {} : { explanation }), answer, ...note };
}

function byMarkers(content: string): Item[] {
  const items: Item[] = [];
  let field: Field | undefined;
  for (const line of content.split('\n')) {
    // Only the line's beginning decides; the cap bounds what a line of asterisks can cost.
    const marker = MARKER.exec(line.slice(0, MARKER_REACH));
    const name = marker?.[1]?.toLowerCase();
    // A one-letter marker without a colon is a word of the text ("A" on its own line).
    if (name !== undefined && !(name.length === 1 && marker?.[2] === undefined)) {
      field = fieldOf(name);
      const open = items.at(-1);
      if (field === 'question' || open === undefined || open[field] !== '') {
        if (field !== 'question' && open !== undefined && field === 'answer' && open.answer !== '') {
          // "Answer:" twice: models add "Final answer:" after a long one. The later, shorter one is the answer.
          open.explanation = [open.explanation, open.answer].filter((part) => part !== '').join('\n');
          open.answer = '';
        } else if (field === 'question' || open === undefined) {
          items.push({ question: '', explanation: '', answer: '', note: '' });
        }
      }
      append(items.at(-1), field, (marker?.[2] ?? '') + line.slice(MARKER_REACH));
    } else if (/^\s*(?:-{3,}|\*{3,}|={3,})\s*$/.test(line)) {
      field = undefined;
    } else if (field !== undefined) {
      append(items.at(-1), field, line);
    }
  }
  return items.map(tidy).filter((item) => item.question !== '' || item.answer !== '');
}

function append(item: Item | undefined, field: Field, text: string): void {
  if (item !== undefined) item[field] = item[field] === '' ? text : `${item[field]}\n${text}`;
}

function fieldOf(name: string): Field {
  if (name === 'question' || name === 'q') return 'question';
  return name === 'explanation' || name === 'reasoning' ? 'explanation' : 'answer';
}

function byJson(content: string): Item[] {
  const json = jsonIn(content);
  return json.values.flatMap(objectsIn).map((object) =>
    tidy({
      question: textOf(object, 'question', 'q'),
      explanation: textOf(object, 'explanation', 'reasoning'),
      answer: textOf(object, 'answer', 'short_answer', 'final_answer', 'a'),
      note: json.repaired ? 'The JSON of this answer was repaired.' : '',
    }),
  );
}

function objectsIn(value: unknown): object[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== 'object' || value === null) return [];
  if (Object.keys(value).some((key) => /^(?:question|q)$/i.test(key))) return [value];
  return Object.values(value).flatMap(objectsIn);
}

function textOf(object: object, ...names: string[]): string {
  for (const [key, value] of Object.entries(object)) {
    if (!names.includes(key.toLowerCase())) continue;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  }
  return '';
}

function tidy(item: Item): Item {
  const clean = (text: string) =>
    withoutLooseBold(text.trim())
      .replace(/^\*\*([\s\S]*)\*\*$/, '$1')
      .replace(/\n{3,}/g, '\n\n')
      .trim();
  return {
    question: clean(item.question).replace(/\s+/g, ' '),
    explanation: clean(item.explanation),
    answer: clean(item.answer),
    note: item.note,
  };
}

/** `**Question: Who?**` leaves `Who?**` behind its marker. */
function withoutLooseBold(text: string): string {
  return text.endsWith('**') && (text.match(/\*\*/g)?.length ?? 0) % 2 === 1 ? text.slice(0, -2) : text;
}

function reject(reason: 'malformed' | 'truncated', detail: string, text: string): Parsed {
  return { kind: 'rejected', reason, detail, text: text.trim().slice(0, 2000) };
}
