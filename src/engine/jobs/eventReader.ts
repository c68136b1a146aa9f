import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { JobEvent } from '../../contract/events.ts';

export interface EventTail {
  events: JobEvent[];
  /** Byte offset after the last complete line: where to go on. */
  offset: number;
}

/**
 * Complete lines of `events.jsonl` from a byte offset. A half line at the end waits; a line that is no event of ours
 * is skipped (newer types included); (attempt, seq) seen before is dropped.
 * @param only events of this type: lines that do not name it are not parsed
 */
export async function readEvents(dir: string, from = 0, only?: JobEvent['type']): Promise<EventTail> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(join(dir, 'events.jsonl'), 'r');
  } catch {
    return { events: [], offset: from };
  }
  try {
    const { size } = await file.stat();
    const start = size < from ? 0 : from;
    const bytes = Buffer.alloc(size - start);
    await file.read(bytes, 0, bytes.length, start);
    const end = bytes.lastIndexOf(0x0a) + 1;
    const events: JobEvent[] = [];
    const seen = new Set<string>();
    for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) {
      if (only !== undefined && !line.includes(`"${only}"`)) continue;
      const event = parseEvent(line);
      if (!event || (only !== undefined && event.type !== only)) continue;
      const key = `${event.attempt}.${event.seq}`;
      if (seen.has(key)) continue;
      seen.add(key);
      events.push(event);
    }
    return { events, offset: start + end };
  } finally {
    await file.close();
  }
}

/** One line of `events.jsonl`; undefined for one that is no event of ours. */
export function parseEvent(line: string): JobEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const parsed = JobEvent.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
