import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { methodsFor } from '../synth/registry.ts';
import { leavingLinks } from './leavingLinks.ts';
import { projectPaths } from './paths.ts';
import { optionShape } from './schema.ts';
import { formatProblem } from './yamlProblems.ts';

export interface NewProject {
  name?: string;
  /** Endpoint id of the user's registry; `builtin` when left out. */
  endpoint?: string;
  model?: string;
  student?: string;
  tokenizer?: string;
  /** Which prompts the file documents. */
  profile?: 'standard' | 'small';
}

export type CreatedProject =
  | { kind: 'created'; file: string }
  | { kind: 'exists'; file: string }
  /** `.smt` or `smt.yaml` is a link that leaves the folder. */
  | { kind: 'refused'; message: string };

/** Writes a commented `smt.yaml` and ignores `.smt/` in git. Never overwrites a project file. */
export async function createProject(folder: string, wanted: NewProject = {}): Promise<CreatedProject> {
  const root = resolve(folder);
  const paths = projectPaths(root);
  const { file } = paths;
  await mkdir(root, { recursive: true });
  const links = await leavingLinks(paths);
  if (links.length > 0) return { kind: 'refused', message: links.map(formatProblem).join('\n') };
  try {
    await writeFile(file, projectText({ name: basename(root), ...wanted }), { flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return { kind: 'exists', file };
    throw error;
  }
  await ignoreGenerated(root);
  return { kind: 'created', file };
}

/** `.smt/` holds its own .gitignore, so that the user's own files stay as they are. */
async function ignoreGenerated(root: string): Promise<void> {
  const folder = join(root, '.smt');
  await mkdir(folder, { recursive: true });
  const file = join(folder, '.gitignore');
  const present = await readFile(file, 'utf8').catch(() => '');
  if (present === '') await appendFile(file, '*\n');
}

function projectText(wanted: NewProject): string {
  const endpoint = wanted.endpoint ?? 'builtin';
  const profile = wanted.profile ?? (endpoint === 'builtin' ? 'small' : 'standard');
  const lines = [
    '# Synthetic Mixed Training project. Keys and their meaning: hover in the editor, or docs/guide.md.',
    'v: 1',
    `name: ${JSON.stringify(wanted.name ?? 'corpus')}`,
    '',
    '# Documents, as globs relative to this file. Your files are only read.',
    'corpus:',
    '  include:',
    "    - '**/*.{md,markdown,txt,html,htm,pdf,docx,epub,jsonl}'",
    '  exclude: []',
    '  max_file_mb: 64',
    '',
    '# The model that will be trained. Its tokenizer counts every token budget.',
    'student:',
    `  model: ${JSON.stringify(wanted.student ?? 'HuggingFaceTB/SmolLM2-135M-Instruct')}`,
    wanted.tokenizer
      ? `  tokenizer: ${JSON.stringify(wanted.tokenizer)}`
      : '  # tokenizer: path/to/tokenizer.json   # left out: looked for in local caches, else tokens are an estimate',
    '',
    '# Who writes the synthetic data. Endpoint ids map to URLs in your user-level registry only',
    '# (~/.config/smt/endpoints.yaml), never in this file. `builtin` is a 135M-parameter model that needs no key and no',
    '# server: good to see the product work, far too small for data worth training on.',
    'generator:',
    `  endpoints: [${endpoint}]`,
    wanted.model ? `  model: ${JSON.stringify(wanted.model)}` : "  # model: name   # left out: the endpoint's own",
    '  profile: auto            # standard | small | auto',
    '  window_tokens: 12000     # longer documents are split into overlapping windows',
    '  window_overlap_tokens: 200',
    '  max_concurrency: 256     # most requests in flight; the controller finds what the endpoint bears',
    '',
    '# How. [P] = from the paper, [S] = secondary sources, [R] = our reconstruction (docs/guide.md).',
    'methods:',
    ...methodsFor(profile).flatMap((method) => [
      `  # ${method.description}`,
      `  ${method.id}:`,
      '    enabled: true',
      ...optionLines(method.options),
    ]),
    '',
    '# Hard caps over all runs of the project. Requests in flight count.',
    'budget: {}',
    '  # tokens: 5000000        # prompt + completion tokens',
    '  # cost: 20               # US dollars; needs a price at the endpoint',
    '',
    '# Evaluation questions: they never enter a prompt, and a sample that repeats one is rejected as `leak`.',
    "benchmarks: ['benchmarks/**/*.{yaml,yml,csv,jsonl}']",
    '',
    ...laterSections(profile),
    'seed: 0',
    '',
  ];
  return lines.join('\n');
}

/** Sections of training and evaluation: only what people change; every other key has its default on hover. */
function laterSections(profile: 'standard' | 'small'): string[] {
  const small = profile === 'small';
  return [
    '# How accepted samples become a training set: QA : document 1 : 1 by tokens [P].',
    ...(small
      ? ['mixture:', '  held_out: 0.05         # a hundred rows have few to spare: one in twenty']
      : ['mixture: {}']),
    '  # tokens: 1000000        # left out: as many as the samples allow',
    '  # replay: { source: replay.jsonl, share: 0.1 }',
    '',
    "# Continued training of the student. Left out: the recipe's values.",
    'training:',
    ...(small
      ? [
          '  # For the built-in loop on a CPU (docs/guide.md); for a real model take these lines out.',
          '  learning_rate: 0.0003',
          '  epochs: 5',
          '  sequence_length: 256',
          '  batch_sequences: 2',
        ]
      : ['  learning_rate: 0.00001   # [S1]', '  epochs: 2                # [S]']),
    '  target: local            # or the id of a target in your user-level targets file',
    '',
    '# The RAG baseline.',
    ...(small
      ? [
          'retrieval:',
          '  embedder: { endpoint: none }   # BM25 alone: nothing to set up',
          '  chunk_size: 512                # short passages: a very small model reads slowly',
          '  top_k: 3',
        ]
      : ['retrieval: {}']),
    '',
    '# Who answers the evaluation questions.',
    'evaluation:',
    ...(small
      ? ['  scoring: both', '  samples: 1', '  temperature: 0', '  max_tokens: 48', '  prompt: short']
      : ['  samples: 8               # [P]']),
    '',
  ];
}

function optionLines(options: z.ZodType): string[] {
  const defaults = z.looseObject({}).safeParse(options.safeParse({}).data);
  const values: Readonly<Record<string, unknown>> = defaults.success ? defaults.data : {};
  return Object.entries(optionShape(options)).map(([key, option]) => {
    const written = `    ${key}: ${JSON.stringify(values[key])}`;
    return option.description ? `${written.padEnd(32)} # ${option.description}` : written;
  });
}
