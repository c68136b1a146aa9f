import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { exportDataset, openStudent } from '../../../src/engine/mix/index.ts';
import { MixProject } from './mixProject.ts';

/**
 * A line of OpenAI's chat fine-tuning format as its documentation has it: `messages` and nothing else we use; known
 * roles, text on every side, `weight` on assistants alone; a system message only first; the assistant speaks last, and
 * users and assistants take turns. At least ten lines a file, UTF-8 without a byte order mark, no empty line.
 */
const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: z.string().regex(/\S/) }),
  z.strictObject({ role: z.literal('user'), content: z.string().regex(/\S/), name: z.string().optional() }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string().regex(/\S/),
    weight: z.union([z.literal(0), z.literal(1)]).optional(),
  }),
]);
const Line = z.strictObject({ messages: z.array(Message).min(2) }).refine(({ messages }) => {
  const roles = messages.map(({ role }) => role);
  const talk = roles[0] === 'system' ? roles.slice(1) : roles;
  return talk.every((role, at) => role === (at % 2 === 0 ? 'user' : 'assistant')) && talk.at(-1) === 'assistant';
}, 'users and assistants take turns, and the assistant speaks last');

/** What is wrong with a file, line by line; nothing where it can be trained on. */
function problemsOf(bytes: Buffer): string[] {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const lines = text.split('\n');
  const found = text.startsWith('\ufeff') ? ['byte order mark'] : [];
  if (lines.pop() !== '') found.push('the last line has no end');
  if (lines.length < 10) found.push(`${lines.length} lines, at least 10 are needed`);
  for (const [at, line] of lines.entries()) {
    try {
      const checked = Line.safeParse(JSON.parse(line));
      if (!checked.success) found.push(`line ${at + 1}: ${z.prettifyError(checked.error)}`);
    } catch {
      found.push(`line ${at + 1}: no JSON`);
    }
  }
  return found;
}

describe('the checker', () => {
  const talk = (...roles: string[]) => JSON.stringify({ messages: roles.map((role) => ({ role, content: 'x' })) });
  const file = (line: string) => Buffer.from(`${line}\n`.repeat(10));

  it('takes a conversation, and names what is none', () => {
    expect(problemsOf(file(talk('user', 'assistant')))).toEqual([]);
    expect(problemsOf(file(talk('system', 'user', 'assistant')))).toEqual([]);
    for (const wrong of [
      talk('user'),
      talk('assistant', 'user'),
      talk('user', 'user', 'assistant'),
      talk('user', 'teacher'),
      '{"prompt":"a","completion":"b"}',
      '{"messages":[{"role":"user","content":" "},{"role":"assistant","content":"x"}]}',
      '{"messages":[{"role":"user","content":"x","weight":1},{"role":"assistant","content":"x"}]}',
      '',
      '{',
    ])
      expect(problemsOf(file(wrong)), wrong).toHaveLength(10);
    expect(problemsOf(Buffer.from(talk('user', 'assistant')))).toHaveLength(2);
  });
});

describe('an export for OpenAI', () => {
  it('is a file that can be trained on, line by line, whatever the texts hold', async () => {
    const project = new MixProject(
      'mixture: { held_out: 0.3, loss_on: answers, replay: { source: general.jsonl } }\n',
      // A document without a word of title.
      { 'ferry.md': 'Two sisters founded the ferry company.\n', '☃.md': '# \n\nSnow.\n' },
    );
    const general = Array.from({ length: 80 }, (_, at) => JSON.stringify({ text: `General text ${at} of rivers.` }));
    project.write('general.jsonl', `${general.join('\n')}\n`);
    const odd = ['"quoted"\\', 'line\u2028separator\u0000', '日本語 👩‍🚀', '\ud83d alone', '{"role":"system"}'];
    await project.fill(80, (number) => ({ answer: `It is ${number}. ${odd[number % odd.length]}` }));
    expect((await project.mix()).end).toMatchObject({ kind: 'succeeded' });
    const loaded = await project.project();
    const student = await openStudent(loaded);
    if (!student.ok) throw new Error(student.message);
    const to = project.path('exports/openai');
    const manifest = await project.manifest();
    const { rows, left_out } = await exportDataset(loaded, manifest, student.student, 'openai', to);
    const files = ['train.jsonl', 'validation.jsonl'].map((name) => readFileSync(project.path('exports/openai', name)));
    for (const bytes of files) expect(problemsOf(bytes)).toEqual([]);
    const lines = files.reduce((sum, bytes) => sum + bytes.toString('utf8').trim().split('\n').length, 0);
    expect(lines).toBe(rows);
    // Every row is in the file or counted as left out.
    const left = Object.values(left_out).reduce((sum, count) => sum + count, 0);
    expect(rows + left).toBe(manifest.train.rows + manifest.held_out.rows);
    expect(left_out['replay is no conversation']).toBe(manifest.replay?.rows);
  });
});
