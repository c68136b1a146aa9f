import type { PauseCause } from '../../contract/events.ts';
import type { AnswerBody } from './completionText.ts';
import { type HeaderReader, retryAfterMs } from './retryAfter.ts';
import type { WireResult } from './transport.ts';

/** What a response means for its request and its endpoint (the table of docs/architecture.md, "Faults"). */
export type Verdict =
  | { kind: 'answer'; body: AnswerBody }
  /** Back to the queue, no attempt consumed; the endpoint cools down. */
  | { kind: 'rate_limited'; retryAfterMs: number | null; message: string }
  /** The endpoint needs a person; the request stays pending. */
  | { kind: 'stop'; cause: PauseCause; reason: string; message: string }
  /** Never reached the server: costs no attempt, the endpoint is down. */
  | { kind: 'unreachable'; message: string }
  /** Consumes an attempt, tried again later. */
  | { kind: 'transient'; code: string; message: string; retryAfterMs: number | null }
  /** Will never work: logged with its reason. */
  | { kind: 'terminal'; status: number; code: string; message: string; body: unknown }
  /** We broke it off. */
  | { kind: 'aborted' };

const TEN_MINUTES = 600_000;

/** @param isAnswer whether a body of status 200 is what was asked for */
export function judge(result: WireResult, isAnswer: (body: object) => body is AnswerBody = isCompletion): Verdict {
  if (result.kind === 'fault') {
    if (result.code === 'aborted') return { kind: 'aborted' };
    if (result.code === 'unreachable') return { kind: 'unreachable', message: result.message };
    return { kind: 'transient', code: result.code, message: result.message, retryAfterMs: null };
  }
  const { status, header, text } = result;
  if (status === 200) return judgeBody(text, isAnswer);
  const body = parse(text);
  const { code, message } = errorOf(body, text);
  const said = message || `status ${status}`;
  switch (true) {
    case status >= 200 && status < 300:
      return {
        kind: 'transient',
        code: `${status}`,
        message: `status ${status} without a completion`,
        retryAfterMs: null,
      };
    case status >= 300 && status < 400:
      return redirected(status, header);
    case status === 401 || status === 403:
      return {
        kind: 'stop',
        cause: 'key',
        reason: `${status}`,
        message: `the server refused the key (${status}): ${said}`,
      };
    case status === 402:
      return { kind: 'stop', cause: 'quota', reason: '402', message: `payment is required: ${said}` };
    case status === 404 || status === 405 || status === 410:
      return {
        kind: 'stop',
        cause: 'endpoint',
        reason: `${status}`,
        message: `no such model or path (${status}): ${said}`,
      };
    case status === 429:
      return rateLimited(code, said, retryAfterMs(header));
    case status === 408 || status === 409 || status === 425 || status >= 500:
      return { kind: 'transient', code: `${status}`, message: said, retryAfterMs: retryAfterMs(header) };
    default:
      return { kind: 'terminal', status, code: code || `${status}`, message: said, body: body ?? text.slice(0, 2000) };
  }
}

function rateLimited(code: string, message: string, wait: number | null): Verdict {
  const quota =
    /insufficient_quota|billing|credit|balance/i.test(code) ||
    /exceeded your current quota|insufficient (credits|balance|quota)|per day|daily|\b[RT]PD\b/i.test(message);
  if (quota || (wait ?? 0) > TEN_MINUTES) {
    const why = quota ? message : `asks to wait ${Math.round((wait ?? 0) / 60_000)} minutes: ${message}`;
    return { kind: 'stop', cause: 'quota', reason: code || 'quota', message: why };
  }
  return { kind: 'rate_limited', retryAfterMs: wait, message };
}

function redirected(status: number, header: HeaderReader): Verdict {
  const target = header('location') ?? 'an unknown place';
  const message = `the server redirects to ${target}. Redirects are not followed, so that keys and documents stay with their origin; if it is right, put it in the endpoints file`;
  return { kind: 'stop', cause: 'endpoint', reason: `redirect ${status}`, message };
}

function judgeBody(text: string, isAnswer: (body: object) => body is AnswerBody): Verdict {
  const body = parse(text);
  if (body === undefined || body === null || typeof body !== 'object') {
    return {
      kind: 'transient',
      code: 'wrong_json',
      message: `the answer is not JSON: ${text.slice(0, 80)}`,
      retryAfterMs: null,
    };
  }
  if (isAnswer(body)) return { kind: 'answer', body };
  const { code, message } = errorOf(body, '');
  if (message || code) {
    if (/insufficient_quota/.test(code))
      return { kind: 'stop', cause: 'quota', reason: code, message: message || code };
    return { kind: 'transient', code: 'error_body', message: message || code, retryAfterMs: null };
  }
  return { kind: 'transient', code: 'empty_choices', message: 'the answer holds no choice', retryAfterMs: null };
}

/** The part of a completion that we rely on; hand-written because it runs for every answer. */
export function isCompletion(body: object): body is AnswerBody {
  if (!('choices' in body) || !Array.isArray(body.choices) || body.choices.length === 0) return false;
  const choice: unknown = body.choices[0];
  if (!choice || typeof choice !== 'object' || !('message' in choice)) return false;
  const { message } = choice;
  if (!message || typeof message !== 'object') return false;
  const content = 'content' in message ? message.content : null;
  return content === null || content === undefined || typeof content === 'string';
}

function errorOf(body: unknown, text: string): { code: string; message: string } {
  if (body && typeof body === 'object') {
    const error = 'error' in body ? body.error : body;
    if (typeof error === 'string') return { code: '', message: error };
    if (error && typeof error === 'object') {
      const code = 'code' in error && error.code ? error.code : 'type' in error ? error.type : '';
      const message = 'message' in error ? error.message : 'detail' in error ? error.detail : '';
      return {
        code: code ? String(code) : '',
        message: typeof message === 'string' ? message : JSON.stringify(message),
      };
    }
  }
  return { code: '', message: text.replace(/\s+/g, ' ').trim().slice(0, 300) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
