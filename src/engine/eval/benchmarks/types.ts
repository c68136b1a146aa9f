import type { ConfigProblem } from '../../../contract/project.ts';

/** How a benchmark's file names the document a question is about. Tried in this order against the corpus. */
export interface DocumentHint {
  /** Corpus id: project-relative path, or `path#row`. */
  id?: string;
  /** File name without folder and extension, or the id of a row. */
  name?: string;
  title?: string;
  /** A piece of the document itself, where it has no name (SQuAD's paragraphs). */
  text?: string;
}

/** Where the answer stands, as the file says it. */
export interface EvidenceHint {
  text: string;
  /** 0-based page of a PDF. */
  page?: number;
}

/** A question as an adapter reads it from its file, before the corpus is known. */
export interface ReadQuestion {
  /** Unique within its file. */
  id: string;
  /** 1-based line, for problems found later. */
  line: number;
  question: string;
  context?: string;
  choices?: string[];
  gold_choice?: number;
  gold: string;
  accept?: string[];
  type?: string;
  document?: DocumentHint;
  /** What questions cluster by where the corpus does not know the document: article, patient, filing. */
  group?: string;
  /** Title that documents are sorted by for the dev/test split. */
  title?: string;
  evidence?: EvidenceHint[];
}

/** What a file holds. With problems it is not used at all: half a benchmark gives a number nobody can compare. */
export interface ReadBenchmark {
  name?: string;
  draft?: boolean;
  questions: ReadQuestion[];
  problems: ConfigProblem[];
}

/** One public file format. `source` is the file's text, `file` its name in problems. */
export type Adapter = (source: string, file: string) => ReadBenchmark;
