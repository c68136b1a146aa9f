import type { Parsed } from '../types.ts';

const START = /<start_strategies>/gi;
const HEADING = /^##(?!#)[ \t]*(.*)$/;

/**
 * Learning strategies: one for each line that starts with `##`, its body kept with it. Everything before the first
 * heading is dropped, and before the last `<start_strategies>`: a plain split would make a strategy of the preamble
 * (recipe §3.4). A list cut by max_tokens loses its last strategy.
 */
export function parseStrategies(content: string, { truncated }: { truncated: boolean }): Parsed[] {
  const marks = [...content.matchAll(START)];
  const mark = marks.at(-1);
  const list = mark === undefined ? content : content.slice(mark.index + mark[0].length);
  const strategies: string[][] = [];
  for (const line of list.split('\n')) {
    const heading = HEADING.exec(line.trimStart());
    if (heading !== null) strategies.push([heading[1] ?? '']);
    else strategies.at(-1)?.push(line);
  }
  const texts = strategies
    .map(([name = '', ...body]) => {
      const title = name.replace(/^[*_\s]+|[*_\s]+$/g, '').replace(/^(?:strategy\s*)?\d+[.):]\s*/i, '');
      return [title, body.join('\n').trim()].filter((part) => part !== '').join('\n');
    })
    .filter((text) => /\p{L}/u.test(text));
  const whole = truncated ? texts.slice(0, -1) : texts;
  if (whole.length > 0) return whole.map((text) => ({ kind: 'strategy', text }));
  const text = content.trim().slice(0, 2000);
  if (truncated) {
    return [
      { kind: 'rejected', reason: 'truncated', detail: 'Cut by max_tokens before the first whole strategy.', text },
    ];
  }
  const detail = 'No strategy: no line starts with "## ".';
  return [{ kind: 'rejected', reason: 'malformed', detail, text }];
}
