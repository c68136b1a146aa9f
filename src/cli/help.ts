export const helpText = `Synthetic Mixed Training: turn a folder of documents into training data for an open model.

  smt init [--endpoint ID] [--student MODEL]    write a commented smt.yaml here (built-in model when no endpoint is named)
  smt corpus                                    documents with tokens; files that cannot be read, with the reason
  smt estimate                                  requests, tokens, money and time, with intervals, before anything is spent
  smt generate [--method M] [--document GLOB] [--limit N] [--preview] [--budget 2M|$5] [--retry-failed]
               [--send-to ORIGIN] [--detach]    what the plan has and the log has not; run again, it goes on
  smt generate --rederive                       all samples again from the log: after new evaluation questions, or a lost
                                                table; nothing is sent
  smt samples [--method M] [--state accepted|rejected] [--reason R] [--document ID] [--text WORDS]
              [--limit N] [--offset N]          list samples
  smt samples accept|reject|delete ID…          decide; "smt samples undo" takes the last decision back
  smt show ID                                   everything behind a sample: source, question, prompt, raw completion
  smt mix NAME [--tokens N | --budgets 44k,88k] [--method M] [--seed N]
                                                accepted samples to a training set in the student's tokens
  smt evaluate [--benchmark ID] [--model base|RUN|endpoint:ID] [--setting closed_book|rag|gold] [--samples N]
               [--scoring generate|likelihood|both] [--prompt auto|instruct|five_shot|short] [--temperature T] [--max-tokens N]
               [--top-k K] [--limit N] [--worker] [--budget 2M|$5] [--send-to ORIGIN] [--detach]
                                                benchmark questions asked of models; what is answered is never asked again
  smt evaluate --draft NAME [--limit N]         candidate questions from the corpus, for a person to review
  smt judge validate --labels FILE… [--model endpoint:ID] [--limit N]
                                                agreement and Cohen's κ of the judge with people's labels
  smt report [--format markdown|csv|json]       every evaluated cell with its interval, differences, the scaling curve
  smt report --html FILE [--answers N]          the same as one file that needs nothing else, with N questions' answers
  smt report --lm-eval DIR                      results and samples files of lm-evaluation-harness
  smt report import FILE… | remove ID…          figures of lm-evaluation-harness or Inspect logs beside yours
  smt index [--chunk-size N] [--chunk-unit characters|tokens] [--embedder ID|builtin|none] [--rebuild]
            [--send-to ORIGIN] [--detach]       passages, vectors and full text for the RAG baseline; only what changed
  smt retrieve QUERY [--mode hybrid|vector|text] [--limit K]
                                                best passages with the score of every stage
  smt retrieve --quality | --tune               recall and MRR against known evidence; a sweep on the dev split only
  smt export NAME --format trl-text|trl-messages|axolotl|llama-factory|openai|huggingface [--out DIR]
                                                a training set in another trainer's layout
  smt train [--dataset NAME] [--target ID] [--epochs N] [--seed N] [--detach]
                                                continued training of the student, here or on a machine you reach by SSH
  smt experiment [--dry-run] [--detach]         what smt.yaml's experiment asks for: mixtures, trainings, evaluations
  smt targets [list | hosts | show ID]          machines of your targets file; "show" asks one what it has
  smt checkpoints [list | fetch RUN [STEP] | delete RUN STEP]
                                                models and checkpoints by size; bring one here from its machine
  smt jobs [list | show RUN | logs RUN [--follow] | follow RUN | stop RUN [--force] | resume RUN]
  smt log export FILE | import FILE             completions and requests out of the ignored folder, and back

  --project DIR   the project folder (default: the nearest one with smt.yaml, from here upwards)
  --json          one JSON object a line on stdout and nothing else
  --yes           do not ask

Methods: qa, active_reading, focal_rewriting.
Exit codes: 0 done, 1 failed, 2 wrong use or bad input, 3 stopped by its budget or paused, 130 cancelled (resumable).`;

/** The lines of one verb, with the options that all verbs take; undefined for a word that is no verb. */
export function helpOf(verb: string): string | undefined {
  const [, verbs = '', ...rest] = helpText.split('\n\n');
  const entries = verbs.split(/\n(?= {2}smt )/).filter((entry) => entry.trim().startsWith(`smt ${verb} `));
  return entries.length === 0 ? undefined : [entries.join('\n'), ...rest].join('\n\n');
}
