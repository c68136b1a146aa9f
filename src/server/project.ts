import { Server } from '../contract/rpc.ts';
import { failure } from '../contract/rpcConnection.ts';
import { projectBenchmarkQuestions } from '../engine/eval/benchmarkQuestions.ts';
import { describeGenerator } from '../engine/generate/generator.ts';
import { loadRegistry } from '../engine/llm/index.ts';
import { checkProjectText, countFolder, createProject, type Project } from '../engine/project/index.ts';
import { methodsFor } from '../engine/synth/registry.ts';
import type { OpenedProject } from './openedProject.ts';
import type { Session } from './session.ts';

const DOCUMENTS = ['**/*.{md,markdown,txt,html,htm,pdf,docx,epub,jsonl}'];

/** project/*: what a folder is and holds, smt.yaml written and checked. */
export function answerProject(session: Session): void {
  session.answer(Server.openProject, ({ project }) => stateOf(project, session.open(project)));
  session.answer(Server.projectState, ({ project }) => stateOf(project, session.open(project)));
  session.answer(Server.countFolder, ({ project }) => countFolder(project, DOCUMENTS));
  session.answerTrusted(Server.createProject, async ({ project, name, endpoint, model, student, tokenizer }) => {
    const created = await createProject(project, {
      ...(name === undefined ? {} : { name }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(model === undefined ? {} : { model }),
      ...(student === undefined ? {} : { student }),
      ...(tokenizer === undefined ? {} : { tokenizer }),
    });
    if (created.kind === 'created') return { file: created.file };
    if (created.kind === 'refused') throw failure('link', created.message);
    throw failure(
      'exists',
      `${created.file} is there already and was not touched.`,
      'Open it, or choose another folder.',
    );
  });
  session.answer(Server.checkProjectFile, ({ file, text }) => ({ problems: checkProjectText(file, text) }));
}

async function stateOf(folder: string, opened: OpenedProject) {
  const loaded = await opened.load();
  const nothing = { endpoints: [], methods: [], toy: false, benchmark_questions: 0 };
  if (loaded.kind === 'none') return { project: folder, state: 'none' as const, problems: [], ...nothing };
  if (loaded.kind === 'invalid') {
    return { project: folder, state: 'invalid' as const, problems: loaded.problems, ...nothing };
  }
  const { project } = loaded;
  const { config } = project;
  const [{ registry }, benchmarks, reviews] = await Promise.all([
    loadRegistry(),
    benchmarkQuestions(project),
    opened.reviews(),
  ]);
  const generator = describeGenerator(project, registry);
  return {
    project: folder,
    state: 'ready' as const,
    name: config.name,
    problems: benchmarks.problems,
    endpoints: generator.endpoints.map(({ id, origin, local, known, needsKey, consented }) => ({
      id,
      ...(origin === undefined ? {} : { origin }),
      local,
      known,
      needs_key: needsKey,
      consented,
    })),
    methods: methodsFor(generator.profile).map(({ id, label, kind }) => ({
      id,
      label,
      kind,
      enabled: config.methods[id]?.enabled !== false,
    })),
    student: config.student.model,
    target: config.training.target,
    toy: generator.toy,
    benchmark_questions: benchmarks.questions.length,
    can_undo: reviews.lastGroup().length > 0,
  };
}

function benchmarkQuestions({ root, config }: Project) {
  return projectBenchmarkQuestions({ root, config });
}
