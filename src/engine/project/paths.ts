import { join } from 'node:path';

/** Where everything of a project stands (docs/architecture.md, "A project on disk"). */
export interface ProjectPaths {
  root: string;
  file: string;
  prompts: string;
  reviews: string;
  /** Everything generated; ignored by git. */
  smt: string;
  completions: string;
  requests: string;
  /** Draws and plan additions: what was drawn stays drawn. */
  plan: string;
  /** Extracted document texts and their index (rebuildable). */
  corpus: string;
  /** LanceDB tables (rebuildable). */
  lance: string;
  runs: string;
  /** Training sets: `<name>/manifest.json` and Parquet files. */
  datasets: string;
  /** Answers to evaluation questions: a log of its own, in the formats of `completions` and `requests`. */
  evaluation: {
    completions: string;
    requests: string;
    /** Figures of other programs' logs. */
    imported: string;
    lease: string;
  };
  /** Lease of the one generating job. */
  lease: string;
}

export function projectPaths(root: string): ProjectPaths {
  const smt = join(root, '.smt');
  return {
    root,
    file: join(root, 'smt.yaml'),
    prompts: join(root, 'prompts'),
    reviews: join(root, 'reviews.jsonl'),
    smt,
    completions: join(smt, 'completions'),
    requests: join(smt, 'requests'),
    plan: join(smt, 'plan'),
    corpus: join(smt, 'corpus'),
    lance: join(smt, 'lance'),
    runs: join(smt, 'runs'),
    datasets: join(smt, 'datasets'),
    evaluation: {
      completions: join(smt, 'evaluation', 'completions'),
      requests: join(smt, 'evaluation', 'requests'),
      imported: join(smt, 'evaluation', 'imported'),
      lease: join(smt, 'evaluate.lease'),
    },
    lease: join(smt, 'generate.lease'),
  };
}
