import { hash } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvaluatedQuestion } from '../../../contract/evaluation.ts';
import type { AnswerDetail, ResultCell, ResultsSummary } from '../../../contract/results.ts';
import { shareRight } from '../statistics/index.ts';
import { type AnswerSources, answerDetail } from './answerDetail.ts';
import type { Book } from './evaluationBook.ts';

export interface LmEvalSources extends AnswerSources {
  /** The prompt as it was sent; undefined where the log does not have it (any more). */
  prompt(request: string): Promise<string | undefined>;
}

/** What of a sample the task's hash is made of. */
interface SampleHashes {
  readonly doc_hash: string;
  readonly prompt_hash: string;
  readonly target_hash: string;
}

/**
 * All cells as lm-evaluation-harness 0.4 writes results: `<model>/results_<date>.json` and `samples_<task>_<date>.jsonl`,
 * one task for each benchmark × setting (× split and scoring), one results file for each model on one engine and dtype.
 * `acc_stderr` is the harness's own, questions as independent; our interval over documents stands in the task's metadata.
 * @returns the files, relative to `folder`
 */
export async function exportLmEval(
  { summary, book, at }: { summary: ResultsSummary; book: Book; at: Date },
  folder: string,
  sources: LmEvalSources,
): Promise<string[]> {
  const date = at.toISOString().replace('Z', '').replaceAll(':', '-');
  const written: string[] = [];
  for (const [name, cells] of byModel(summary.cells)) {
    await mkdir(join(folder, name), { recursive: true });
    const tasks: { task: string; cell: ResultCell; stderr: number | 'N/A'; task_hash: string }[] = [];
    for (const [task, cell] of byTask(cells)) {
      const file = join(name, `samples_${task}_${date}.jsonl`);
      const task_hash = await writeSamples(join(folder, file), book, cell, sources);
      tasks.push({ task, cell, stderr: standardError(book, cell), task_hash });
      written.push(file);
    }
    const [first] = cells;
    if (!first) continue;
    const file = join(name, `results_${date}.json`);
    await writeFile(join(folder, file), `${JSON.stringify(resultsFile(first, tasks, at), null, 2)}\n`);
    written.push(file);
  }
  return written;
}

/** One folder for a model on one engine and dtype; the plain name where the model has only one. */
function byModel(cells: readonly ResultCell[]): Map<string, ResultCell[]> {
  const folders = new Map<string, ResultCell[]>();
  for (const cell of cells) {
    const { model, engine, dtype } = cell;
    const alone = cells.every((other) => other.model !== model || (other.engine === engine && other.dtype === dtype));
    const name = folderName(alone ? model : `${model}__${engine}__${dtype}`);
    folders.set(name, [...(folders.get(name) ?? []), cell]);
  }
  return folders;
}

/** As the harness's `sanitize_model_name`; and no name leaves the folder. */
const folderName = (name: string): string =>
  name
    .replace(/["<>:/|\\?*[\]]+/g, '__')
    .replace(/^\.+$/, '_')
    .slice(0, 150);

/** Tasks by name, the newest of one name without its recipe in it. */
function byTask(cells: readonly ResultCell[]): Map<string, ResultCell> {
  const tasks = new Map<string, ResultCell>();
  for (const cell of cells.toSorted((one, other) => other.updated - one.updated)) {
    const { benchmark, split, setting, scoring, recipe, retrieval = '' } = cell;
    const name = [benchmark, ...(split === 'all' ? [] : [split]), setting, ...(scoring === 'generate' ? [] : [scoring])]
      .join('_')
      .replace(/[^\w.-]/g, '_');
    const other = `${name}_${recipe.slice(0, 6)}${retrieval.slice(0, 6)}`.replace(/[^\w.-]/g, '_');
    const free = [name, other].find((one) => !tasks.has(one)) ?? `${other}_${cell.id}`;
    tasks.set(free, cell);
  }
  return tasks;
}

/** Standard error of the mean over questions, s / √n, as the harness computes it; `N/A` where there is one question. */
function standardError(book: Book, { id }: ResultCell): number | 'N/A' {
  const scores = book.cells.find((cell) => cell.id === id)?.scores.values() ?? [];
  const shares = [...scores].map(({ correct }) => shareRight(correct));
  if (shares.length < 2) return 'N/A';
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const squares = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0);
  return Math.sqrt(squares / (shares.length - 1) / shares.length);
}

async function writeSamples(path: string, book: Book, cell: ResultCell, sources: LmEvalSources): Promise<string> {
  const scores = book.cells.find(({ id }) => id === cell.id)?.scores ?? new Map();
  const file = await open(path, 'w');
  const hashes: SampleHashes[] = [];
  try {
    let doc_id = 0;
    for (const question of book.questions.values()) {
      if (!scores.has(question.id)) continue;
      const detail = await answerDetail(book, question.id, [cell.id], sources);
      const [answered] = detail?.cells ?? [];
      if (!answered) continue;
      const line = await sampleLine(question, answered, doc_id, cell, sources);
      hashes.push(line);
      await file.appendFile(`${JSON.stringify(line)}\n`);
      doc_id += 1;
    }
  } finally {
    await file.close();
  }
  return sha(hashes.map((one) => one.doc_hash + one.prompt_hash + one.target_hash).join(''));
}

async function sampleLine(
  question: EvaluatedQuestion,
  { answers, chunks }: AnswerDetail['cells'][number],
  doc_id: number,
  cell: ResultCell,
  sources: LmEvalSources,
) {
  const { id, question: asked, context, choices, gold, gold_choice, document, type } = question;
  const doc = {
    ...{ id, question: asked, ...(context === undefined ? {} : { context }), ...(choices ? { choices } : {}), gold },
    ...(gold_choice === undefined ? {} : { gold_choice }),
    ...{ document: document ?? question.cluster, ...(type === undefined ? {} : { type }) },
    ...(chunks ? { retrieved: chunks.map((chunk) => chunk.id) } : {}),
  };
  const first = answers[0]?.request;
  const prompt = (first === undefined ? undefined : await sources.prompt(first)) ?? asked;
  const target = String(gold_choice ?? gold);
  return {
    doc_id,
    doc,
    target,
    arguments: { gen_args_0: { arg_0: prompt, arg_1: cell.scoring === 'generate' ? {} : cell.scoring } },
    resps: [answers.map(({ raw }) => raw ?? '')],
    filtered_resps: answers.map(({ answer }) => answer ?? '[invalid]'),
    filter: 'none',
    metrics: ['acc'],
    doc_hash: sha(JSON.stringify(doc, null, 2)),
    prompt_hash: sha(prompt),
    target_hash: sha(target),
    acc: answers.filter(({ correct }) => correct).length / Math.max(1, answers.length),
  };
}

const sha = (text: string): string => hash('sha256', text, 'hex');

function resultsFile(
  { model, engine, dtype }: ResultCell,
  tasks: readonly { task: string; cell: ResultCell; stderr: number | 'N/A'; task_hash: string }[],
  at: Date,
) {
  const each = <T>(value: (one: (typeof tasks)[number]) => T): Record<string, T> =>
    Object.fromEntries(tasks.map((one) => [one.task, value(one)]));
  return {
    results: each(({ task, cell, stderr }) => ({
      ...{ name: task, alias: task, sample_len: cell.questions },
      ...{ 'acc,none': cell.accuracy, 'acc_stderr,none': stderr },
    })),
    group_subtasks: {},
    configs: each(({ task, cell }) => taskConfig(task, cell)),
    versions: each(() => 1),
    'n-shot': each(() => 0),
    higher_is_better: each(() => ({ acc: true })),
    'n-samples': each(({ cell }) => ({ original: cell.questions_total, effective: cell.questions })),
    config: {
      model: engine,
      model_args: { model, dtype },
      ...{ batch_size: null, batch_sizes: [], device: null, use_cache: null, limit: null },
      // Not used: the standard error is not the harness's bootstrap.
      ...{ bootstrap_iters: 0, gen_kwargs: {} },
      ...{ random_seed: null, numpy_seed: null, torch_seed: null, fewshot_seed: null },
    },
    git_hash: null,
    date: at.getTime() / 1000,
    pretty_env_info: 'Synthetic Mixed Training (not lm-evaluation-harness)',
    transformers_version: 'N/A',
    lm_eval_version: 'N/A',
    upper_git_hash: null,
    task_hashes: each(({ task_hash }) => task_hash),
    model_source: engine,
    model_name: model,
    model_name_sanitized: folderName(model),
    ...{ system_instruction: null, system_instruction_sha: null, fewshot_as_multiturn: null },
    ...{ chat_template: null, chat_template_sha: null, total_evaluation_time_seconds: '0' },
  };
}

/** `metadata` is the harness's place for anything else: what our cell is, and its interval over documents. */
function taskConfig(task: string, cell: ResultCell) {
  const { benchmark, split, setting, retrieval, scoring, recipe, engine, dtype, n, ci95, documents } = cell;
  return {
    task,
    dataset_path: 'json',
    test_split: split,
    ...{ doc_to_text: '{{question}}', doc_to_target: cell.scoring === 'generate' ? '{{gold}}' : '{{gold_choice}}' },
    ...{ description: '', target_delimiter: ' ', fewshot_delimiter: '\n\n', num_fewshot: 0 },
    metric_list: [{ metric: 'acc', aggregation: 'mean', higher_is_better: true }],
    output_type: scoring === 'generate' ? 'generate_until' : 'multiple_choice',
    repeats: n,
    should_decontaminate: false,
    metadata: {
      version: 1,
      smt: { benchmark, split, setting, retrieval: retrieval ?? null, scoring, recipe, engine, dtype, ci95, documents },
    },
  };
}
