import * as vscode from 'vscode';
import { DatasetName, type ExportFormat, type MixParams } from '../../contract/dataset.ts';
import { DatasetServer, type MixturePlan } from '../../contract/datasetRpc.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import { count } from '../views/figures.ts';
import { partLabel } from '../views/partLabel.ts';
import { freeDatasetName, tokensIn } from './datasetInput.ts';
import { generateAll, requireReady, requireTrust } from './generate.ts';
import { mixtureLines } from './mixtureText.ts';

/**
 * *Build Training Set*: name, tokens, what the samples allow, then a job. Too few samples are said by kind, with a way
 * to generate exactly what is missing; nothing is repeated to fill a budget. Returns the run, or undefined where
 * something else was started or declined.
 */
export async function buildTrainingSet(context: EditorContext, project: OpenProject): Promise<string | undefined> {
  requireTrust();
  await requireReady(project);
  const { shell, server } = context;
  await project.loadDatasets();
  const known = new Set((project.datasets?.datasets ?? []).map(({ name }) => name));
  const title = vscode.l10n.t('Build Training Set');
  const name = await shell.dialogs.input({
    title,
    step: { at: 1, of: 2 },
    prompt: vscode.l10n.t('Name of the training set, a folder in .smt/datasets'),
    value: freeDatasetName(project.name, known),
    validate: (text) => wrongName(text, known),
  });
  if (name.kind !== 'answer') return undefined;
  const allowed = await plan(context, project, mixParams(name.value));
  if (allowed.possible_tokens === 0) {
    throw new Failure(
      vscode.l10n.t('The accepted samples do not make a training set yet: {0}', mixtureLines(allowed).join(' ')),
      vscode.l10n.t('Generate samples of each kind first, or change “mixture” in smt.yaml.'),
    );
  }
  let params = mixParams(name.value);
  let found = allowed;
  for (;;) {
    const tokens = await shell.dialogs.input({
      title,
      step: { at: 2, of: 2 },
      prompt: vscode.l10n.t(
        'Synthetic tokens of the training set. The samples allow {0} now; left empty: all of them.',
        count(allowed.possible_tokens, vscode.env.language),
      ),
      value: allowed.asked_tokens === null ? '' : String(allowed.asked_tokens),
      validate: (text) =>
        text.trim() === '' || tokensIn(text) !== undefined
          ? undefined
          : vscode.l10n.t('A whole number of tokens, e.g. 29000, 29k or 1.5M'),
    });
    if (tokens.kind !== 'answer') return undefined;
    const asked = tokensIn(tokens.value);
    params = mixParams(name.value, asked ?? (allowed.asked_tokens === null ? undefined : allowed.possible_tokens));
    found = asked === undefined ? allowed : await plan(context, project, params);
    if (!found.shortfall || asked === undefined) break;
    const next = await whenTooFew(context, project, found, found.shortfall.possible_tokens);
    if (next === 'generating' || next === 'dismissed') return undefined;
    if (next === 'again') continue;
    params = mixParams(name.value, next.tokens);
    found = await plan(context, project, params);
    break;
  }
  const agreed = await shell.dialogs.confirm({
    message: vscode.l10n.t('Build the training set “{0}”?', name.value),
    detail: mixtureLines(found, params.tokens).join('\n'),
    action: vscode.l10n.t('Build'),
  });
  if (!agreed) return undefined;
  requireTrust();
  const { run } = await server.ask(
    DatasetServer.mix,
    { project: project.path, params, title: vscode.l10n.t('Build training set {0}', name.value) },
    { retry: false },
  );
  await project.loadJobs();
  return run;
}

/** A training set of the project that a person picks; the only one is not asked for. */
export async function chooseDataset(context: EditorContext, project: OpenProject, title: string): Promise<string> {
  await project.loadDatasets();
  const datasets = project.datasets?.datasets ?? [];
  const [only] = datasets;
  if (!only) {
    throw new Failure(
      vscode.l10n.t('“{0}” has no training set yet.', project.name),
      vscode.l10n.t('Run “Build Training Set”.'),
    );
  }
  if (datasets.length === 1) return only.name;
  const language = vscode.env.language;
  const answer = await context.shell.dialogs.pick({
    title,
    placeholder: vscode.l10n.t('Which training set?'),
    choices: datasets.map(({ name, train, created, toy }) => ({
      label: name,
      description: vscode.l10n.t('{0} tokens, {1} rows', count(train.tokens, language), count(train.rows, language)),
      detail: [new Date(created * 1000).toLocaleString(language), toy ? vscode.l10n.t('of the built-in model') : '']
        .filter(Boolean)
        .join(' · '),
      value: name,
    })),
  });
  if (answer.kind === 'answer') return answer.value;
  throw new vscode.CancellationError();
}

const formats = (): { id: ExportFormat; label: string; detail: string }[] => [
  {
    id: 'huggingface',
    label: 'Hugging Face',
    detail: vscode.l10n.t('Parquet folder with a dataset card, for datasets.load_dataset'),
  },
  { id: 'trl-text', label: vscode.l10n.t('TRL, text'), detail: vscode.l10n.t('JSONL rows with a text field') },
  {
    id: 'trl-messages',
    label: vscode.l10n.t('TRL, messages'),
    detail: vscode.l10n.t('JSONL rows of chat messages; QAs only'),
  },
  { id: 'axolotl', label: 'axolotl', detail: vscode.l10n.t('JSONL and a configuration') },
  { id: 'llama-factory', label: 'LLaMA-Factory', detail: vscode.l10n.t('JSONL and dataset_info.json') },
  {
    id: 'openai',
    label: vscode.l10n.t('OpenAI fine-tuning'),
    detail: vscode.l10n.t('JSONL of chat messages; QAs only'),
  },
];

/** *Export as…*: another trainer's layout, in a new folder where a person says. */
export async function exportTrainingSet(
  context: EditorContext,
  project: OpenProject,
  name: string,
  format?: ExportFormat,
): Promise<{ folder: string; files: string[] } | undefined> {
  requireTrust();
  const { shell, server } = context;
  const chosen = format ?? (await pickFormat(context, name));
  const place = await shell.dialogs.place({
    kind: 'folder',
    title: vscode.l10n.t('Folder to write {0} into', `${name}-${chosen}`),
    suggested: project.folder,
  });
  if (!place) return undefined;
  const to = vscode.Uri.joinPath(place, `${name}-${chosen}`).fsPath;
  const done = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Exporting {0}', name), cancellable: true },
    (_, token) =>
      server.ask(DatasetServer.export, { project: project.path, name, format: chosen, to }, { token, retry: false }),
  );
  const open = vscode.l10n.t('Show Folder');
  void shell.dialogs
    .tell(
      'info',
      vscode.l10n.t('{0} rows were written to {1}.', count(done.rows, vscode.env.language), done.folder),
      open,
    )
    .then((answer) => {
      if (answer === open) void vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(done.folder));
    });
  return { folder: done.folder, files: done.files };
}

/** Deletes a training set after a modal; what it was made of stays. */
export async function removeTrainingSet(
  { shell, server }: EditorContext,
  project: OpenProject,
  name: string,
): Promise<boolean> {
  requireTrust();
  const agreed = await shell.dialogs.confirm({
    message: vscode.l10n.t('Delete the training set “{0}”?', name),
    detail: vscode.l10n.t('Samples and answers stay; the same settings and seed build the same set again.'),
    action: vscode.l10n.t('Delete'),
  });
  if (!agreed) return false;
  await server.ask(DatasetServer.remove, { project: project.path, name }, { retry: false });
  await project.loadDatasets();
  return true;
}

async function pickFormat({ shell }: EditorContext, name: string): Promise<ExportFormat> {
  const answer = await shell.dialogs.pick({
    title: vscode.l10n.t('Export {0}', name),
    placeholder: vscode.l10n.t('For which trainer?'),
    choices: formats().map(({ id, label, detail }) => ({ label, detail, value: id })),
  });
  if (answer.kind === 'answer') return answer.value;
  throw new vscode.CancellationError();
}

type AfterTooFew = 'generating' | 'dismissed' | 'again' | { tokens: number };

/** Too few samples for what was asked: take what there is, generate what is missing of a kind, or ask for less. */
async function whenTooFew(
  context: EditorContext,
  project: OpenProject,
  { shortfall }: MixturePlan,
  possible: number,
): Promise<AfterTooFew> {
  const language = vscode.env.language;
  const lacking = (shortfall?.parts ?? []).filter(({ lacking_tokens }) => lacking_tokens > 0);
  const answer = await context.shell.dialogs.pick<AfterTooFew | { generate: (typeof lacking)[number] }>({
    title: vscode.l10n.t('Too few samples for {0} tokens', count(shortfall?.asked_tokens ?? 0, language)),
    placeholder: vscode.l10n.t('Nothing is repeated to fill the rest. What should be done?'),
    choices: [
      ...lacking.map((part) => ({
        label: vscode.l10n.t('Generate exactly what is missing: {0}', partLabel(part.label)),
        description:
          part.requests === null
            ? vscode.l10n.t('{0} tokens', count(part.lacking_tokens, language))
            : vscode.l10n.t(
                '{0} tokens, about {1} requests',
                count(part.lacking_tokens, language),
                count(part.requests, language),
              ),
        value: { generate: part },
      })),
      {
        label: vscode.l10n.t('Build with what there is'),
        description: vscode.l10n.t('{0} tokens', count(possible, language)),
        value: { tokens: possible },
      },
      { label: vscode.l10n.t('Ask for another number of tokens'), value: 'again' as const },
    ],
  });
  if (answer.kind !== 'answer') return 'dismissed';
  if (typeof answer.value === 'string' || 'tokens' in answer.value) return answer.value;
  const { label, methods, requests } = answer.value.generate;
  const wanted = { methods, ...(requests === null ? {} : { limit: Math.max(1, requests) }) };
  await generateAll(context, project, wanted, vscode.l10n.t('Top up: {0}', partLabel(label)));
  return 'generating';
}

function plan({ server }: EditorContext, project: OpenProject, params: MixParams): Thenable<MixturePlan> {
  return vscode.window.withProgress(
    { location: { viewId: 'smt.project' }, title: vscode.l10n.t('Counting samples') },
    () => server.ask(DatasetServer.plan, { project: project.path, params }),
  );
}

function mixParams(name: string, tokens?: number): MixParams {
  return { name, budgets: [], methods: [], ...(tokens === undefined ? {} : { tokens }) };
}

function wrongName(text: string, known: ReadonlySet<string>): string | undefined {
  if (known.has(text)) return vscode.l10n.t('There is a training set of this name already');
  return DatasetName.safeParse(text).success
    ? undefined
    : vscode.l10n.t('Lower-case letters, digits, “.”, “_” and “-”, at most 64');
}
