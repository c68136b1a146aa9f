import type { CompletionLog } from '../llm/index.ts';
import type { Project } from '../project/index.ts';
import type { Profile } from '../synth/index.ts';
import { derivationBasis } from './basis.ts';
import { tokenizerSearch } from './projectCorpus.ts';
import { SampleSink } from './sampleSink.ts';
import { SampleThreadPort } from './sampleThreadPort.ts';
import type { Synthesis } from './synthesis.ts';

export interface SinkInput {
  project: Project;
  profile: Profile;
  toy: boolean;
  log: CompletionLog;
  synthesis: Pick<Synthesis, 'deriver' | 'questions' | 'options'>;
  /** The table is begun anew, whatever is there. */
  anew: boolean;
  /** No answer was there before this job. */
  fresh: boolean;
  /** Samples can be made again from the log, so a job may go on; `throwIfBroken` ends it. */
  onFailure?: (error: unknown) => void;
}

/** The samples thread of a job and what feeds it. End the thread when done. */
export function openSink({ project, profile, toy, log, synthesis, anew, fresh, onFailure }: SinkInput) {
  const { deriver, questions, options } = synthesis;
  const thread = new SampleThreadPort({
    ...{ profile, toy, questions, options },
    basis: derivationBasis(questions),
    fresh: anew,
    lance: project.paths.lance,
    tokenizer: tokenizerSearch(project),
  });
  const broken: { error?: unknown } = {};
  const sink = new SampleSink({
    ...{ deriver, thread, log, fresh },
    onFailure: (error) => {
      broken.error ??= error;
      onFailure?.(error);
    },
  });
  return {
    thread,
    sink,
    /** The first thing that kept samples from being stored, thrown. */
    throwIfBroken(): void {
      if (broken.error !== undefined) throw broken.error;
    },
  };
}
