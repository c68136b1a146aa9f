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
  | {
      kind: 'qa';
      question: string;
      explanation?: string;
      answer: string;
      source?: { start: number; end: number };
      /** What a person should know about it, e.g. that its JSON was repaired: becomes the sample's `detail`. */
      note?: string;
    }
  | { kind: 'document'; text: string; source?: { start: number; end: number }; note?: string }
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
  draws: readonly Draw[];
  /** A right-click on a passage: the drafts are to be about these offsets (the one window is its surroundings). */
  passage?: { start: number; end: number };
}

/** One recorded choice of what a request is about. `replica` counts up when the same choice is drawn again. */
export interface Draw {
  strategy: string;
  query?: Question;
  window: number;
  replica: number;
}

/** What is known of a document before its text is read. */
export interface DocumentSize {
  windows: number;
  tokens: number;
  characters: number;
}

/** A method: data plus two pure functions (design §4). One file, its prompts, a registry line, a test. */
export interface Method<Options = unknown> {
  readonly id: string;
  readonly label: string;
  readonly kind: SampleKind;
  /** One sentence for the editor. */
  readonly description: string;
  readonly options: z.ZodType<Options>;
  /** Its templates: name → Markdown source (`import qa from './prompts/qa.md'`). A project may override them by name. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Stages in order; a later one is planned when every request of the earlier ones of its document is terminal. */
  readonly stages: readonly {
    readonly id: string;
    /** `questions`: of the profile's QA method; `strategies`: of this method's own earlier stages. */
    readonly needs?: 'questions' | 'strategies' | 'questions_and_strategies';
    /** How many requests the stage plans, as far as it can be known before the text is read (totals, estimates). */
    count?(size: DocumentSize, options: Options): number;
    /**
     * Wanted length of `input.draws`: the planner draws strategies, questions or pairs of both (as `needs` says),
     * records them once and extends them at the end. Absent: the stage plans from its input alone.
     */
    draws?(document: MethodDocument, options: Options): number;
    /** Drafts in plan order. Pure: more options or more draws append drafts, they never change earlier ones. */
    plan(input: MethodInput<Options>): Iterable<Draft>;
    /** True: `parse` is also given completions cut by `max_tokens` and drops the last, incomplete piece itself. */
    readonly keepsComplete?: boolean;
    parse(
      content: string,
      draft: Draft,
      input: { document: MethodDocument; options: Options; truncated: boolean },
    ): Parsed[];
  }[];
}
