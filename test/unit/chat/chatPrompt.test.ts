import { describe, expect, it } from 'vitest';
import type { RetrievedChunk } from '../../../src/contract/retrieval.ts';
import { chatPrompt } from '../../../src/engine/chat/index.ts';
import eval_chat from '../../../src/engine/eval/prompts/eval_chat.md';
import { readTemplate } from '../../../src/engine/synth/template/template.ts';

const read = readTemplate('eval_chat', eval_chat);
if (!read.ok) throw new Error('eval_chat.md cannot be read');
const { template } = read;
/** A token a word. */
const counter = { exact: true, count: (text: string) => text.split(/\s+/).filter(Boolean).length };

const chunk = (rank: number): RetrievedChunk => ({
  ...{ id: `d:${rank}`, document: 'd.md', title: 'D', start: rank, end: rank + 1, header: '', rank },
  text: `passage-${rank} ${'word '.repeat(99)}`,
});
const asked = { question: 'When was it lit?', earlier: [], found: undefined, template, context: undefined, counter };
const found = { chunks: [1, 2, 3, 4].map(chunk), notes: ['The index is stale: 1 new.'] };

describe('the prompt of a question in a talk', () => {
  it('is the question alone in the closed-book setting', () => {
    const { messages, passages } = chatPrompt(asked);
    expect(messages).toEqual([{ role: 'user', content: 'When was it lit?' }]);
    expect(passages).toEqual([]);
  });

  it('shows passages as evaluation does, the best one last, under earlier turns without theirs', () => {
    const { messages, passages, notes } = chatPrompt({
      ...asked,
      found,
      earlier: [{ question: 'Who are you?', answer: 'A model.' }],
    });
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    const { content } = messages.at(-1) ?? { content: '' };
    expect(content.indexOf('passage-4')).toBeLessThan(content.indexOf('passage-1'));
    expect(content.indexOf('passage-1')).toBeLessThan(content.indexOf('When was it lit?'));
    expect(passages.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
    expect(notes).toEqual(found.notes);
  });

  it('leaves out the least alike passages, then the oldest turns, where the context is small, and says so', () => {
    const earlier = [1, 2, 3].map((n) => ({ question: `question ${n} ${'old '.repeat(50)}`, answer: `answer ${n}` }));
    const { messages, passages, notes, params } = chatPrompt({ ...asked, found, earlier, context: 600 });
    expect(params.max_tokens).toBe(300);
    expect(passages.map(({ rank }) => rank)).toEqual([1, 2]);
    expect(notes).toContain('2 of 4 passages were shown to the model: more do not fit its context of 600 tokens.');
    expect(notes.join(' ')).toMatch(/The oldest 3 earlier turns were not shown/);
    const tokens = messages.reduce((sum, { content }) => sum + counter.count(content), 0);
    expect(tokens + params.max_tokens).toBeLessThan(600);
    const roomier = chatPrompt({ ...asked, earlier, context: 430 });
    expect(roomier.messages.length).toBeGreaterThan(1);
    expect(roomier.messages[0]?.content).toContain('question 2');
  });
});
