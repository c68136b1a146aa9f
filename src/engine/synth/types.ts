import type { z } from 'zod';
import type { RejectionReason, SampleKind } from '../../contract/sample.ts';

/** What a method may know of a document. Pure data: the same input gives the same drafts. */
export interface MethodDocument {
  id: string;
  title: string;
  metadata: Readonly<Record<string, string>>;
  windows: readonly { index: number; start: number; end: number; text: string; tokens: number }[];
}

/** A question of a document that rewrites can focus on: a deduplicated synthetic one, or a person's own. */
export interface Question {
  /** Sample id, or the id of a person's own question. */
  id: string;
  text: string;
  window: number;
  source?: { start: number; end: number };
}

/** A prompt before it is rendered: a template's name and its variables as texts. */
export interface Draft {
  stage: string;
  /** Name of a template of the active profile, e.g. `qa`. */
  template: string;
  window: number;
  replica: number;
  /** Template variables. Texts are hashed once and stored once. */
  inputs: Readonly<Record<string, string>>;
  /** For focal rewrites: the question served. */
  query?: Question;
  strategy?: string;
  source?: { start: number; end: number };
}

/** What a parser makes of one completion's text. */
export type Parsed =
  | { kind: 'qa'; question: string; explanation?: string; answer: string; source?: { start: number; end: number } }
  | { kind: 'document'; text: string; source?: { start: number; end: number } }
  /** An intermediate result for the next stage, e.g. one learning strategy. */
  | { kind: 'strategy'; text: string }
  | { kind: 'rejected'; reason: RejectionReason; detail: string; text?: string };

export interface MethodInput<Options> {
  document: MethodDocument;
  options: Options;
  /** Strategies of this document from earlier stages, in plan order. */
  strategies: readonly { text: string; window: number }[];
  /** Accepted, deduplicated questions of this document, in plan order. */
  questions: readonly Question[];
  /** Recorded draws of this (document, method), extended and written by the planner: index → choice. */
  draws: readonly { strategy: string; query?: Question; window: number }[];
}

/** A method: data plus two pure functions (design §4). One file, its prompts, a registry line, a test. */
export interface Method<Options = unknown> {
  readonly id: string;
  readonly label: string;
  readonly kind: SampleKind;
  /** One sentence for the editor. */
  readonly description: string;
  readonly options: z.ZodType<Options>;
  /** Stages in order; a later one is planned when every request of the earlier ones of its document is terminal. */
  readonly stages: readonly {
    readonly id: string;
    readonly needs?: 'questions' | 'strategies' | 'questions_and_strategies';
    plan(input: MethodInput<Options>): Iterable<Draft>;
    parse(content: string, draft: Draft, input: { document: MethodDocument; options: Options }): Parsed[];
  }[];
}
