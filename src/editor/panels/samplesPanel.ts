import * as vscode from 'vscode';
import { SamplesPanelState } from '../../contract/panelState.ts';
import { Server } from '../../contract/rpc.ts';
import { Panel, PanelPushed, type SamplesPanelInit } from '../../contract/samplesPanel.ts';
import type { SampleCounts } from '../../contract/samplesView.ts';
import type { EditorContext } from '../editorContext.ts';
import { Failure } from '../platform/failure.ts';
import type { OpenProject } from '../project/openProject.ts';
import type { PageConnection } from './pageConnection.ts';
import { refuseRestricted, unlessDeclined } from './permission.ts';
import type { PageHost, PanelContent } from './projectPanel.ts';
import { ProjectPanels } from './projectPanels.ts';

export type PanelFocus = SamplesPanelInit['focus'];

/** What the page may start; given by the composition, as the flows need the panels and the panels the flows. */
export interface PanelActions {
  generate(project: OpenProject, wish: GenerateWish): Promise<{ started: boolean; message: string }>;
  openSource(project: OpenProject, document: string, passage?: { start: number; end: number }): Promise<void>;
  openText(project: OpenProject, sample: string, which: 'prompt' | 'completion'): Promise<void>;
}
export type GenerateWish = ReturnType<typeof Panel.generate.params.parse>;

/** What the engine may say that changes something of this page. */
const SHOWN_HERE: ReadonlySet<string> = new Set(['jobs', 'samples', 'corpus']);
const NO_COUNTS: SampleCounts = {
  revision: 0,
  total: 0,
  accepted: 0,
  rejected: 0,
  reviewed: 0,
  stale: 0,
  reasons: {},
  methods: [],
  documents: [],
};

/** The host's side of one Samples panel: the page's requests go to the engine with the project filled in. */
export class SamplesPanel implements PanelContent<PanelFocus> {
  readonly kind = { page: 'samples', loading: vscode.l10n.t('Loading samples…') };
  /** Ten a second: more cannot be read. */
  readonly pushIntervalMs = 100;
  private focus: PanelFocus = {};

  constructor(
    private readonly context: EditorContext,
    private readonly project: OpenProject,
    private readonly actions: PanelActions,
  ) {}

  title(): string {
    return vscode.l10n.t('Samples: {0}', this.project.name);
  }

  watch(changed: () => void): vscode.Disposable[] {
    const { projects, server } = this.context;
    return [
      projects.onDidChange(({ project }) => project === this.project && changed()),
      server.onPush(({ project, kind }) => project === this.project.path && SHOWN_HERE.has(kind) && changed()),
    ];
  }

  async push(page: PageConnection): Promise<void> {
    const counts = await this.context.server.ask(Server.sampleCounts, { project: this.project.path });
    await page.notify(PanelPushed.snapshot, {
      revision: page.next(),
      counts,
      jobs: [...this.project.jobs],
      can_undo: this.project.canUndo,
    });
  }

  show(page: PageConnection, focus: PanelFocus): void {
    this.focus = focus;
    void page.notify(PanelPushed.focus, focus);
  }

  private async init(host: PageHost): Promise<SamplesPanelInit> {
    const { project } = this;
    if (!project.state) await project.load();
    if (project.ready)
      await Promise.all([project.counts ?? project.loadCounts(), project.corpus ?? project.loadCorpus()]);
    if (project.loading.kind === 'failed' && !project.counts) throw new Failure(project.loading.reason);
    if (project.state?.state === 'invalid') {
      const [problem] = project.state.problems;
      const { file = 'smt.yaml', line = 1, message = '' } = problem ?? {};
      throw new Failure(
        file === 'smt.yaml'
          ? vscode.l10n.t('smt.yaml has a problem: line {0}, {1}', line, message)
          : `${file} ${message}`,
        vscode.l10n.t('Correct it, and the samples are shown again.'),
      );
    }
    // Told once: a page that is rebuilt later shows what the person looked at last.
    const { focus } = this;
    this.focus = {};
    return {
      ...host.welcome(),
      toy: project.state?.toy ?? false,
      methods: (project.state?.methods ?? []).map(({ id, label, kind }) => ({ id, label, kind })),
      documents: (project.corpus?.documents ?? []).map(({ id, title }) => ({ id, title })),
      counts: project.counts ?? NO_COUNTS,
      jobs: [...project.jobs],
      focus,
      can_undo: project.canUndo,
    };
  }

  answer(host: PageHost): void {
    const { project, actions } = this;
    const { page } = host;
    const { server, shell } = this.context;
    const of = { project: project.path };
    page.answer(Panel.ready, () => this.init(host));
    page.answer(Panel.samples, (asked, token) => server.ask(Server.samples, { ...of, ...asked }, { token }));
    page.answer(Panel.sampleIds, (asked, token) => server.ask(Server.sampleIds, { ...of, ...asked }, { token }));
    page.answer(Panel.counts, (asked, token) => server.ask(Server.sampleCounts, { ...of, ...asked }, { token }));
    page.answer(Panel.lineage, (asked, token) => server.ask(Server.lineage, { ...of, ...asked }, { token }));
    page.answer(Panel.documentText, (asked, token) => server.ask(Server.documentText, { ...of, ...asked }, { token }));
    page.answer(Panel.audit, (asked) => server.ask(Server.audit, { ...of, ...asked }, { retry: false }));
    page.answer(Panel.decide, async (asked) => {
      readOnly();
      const done = await server.ask(Server.decide, { ...of, ...asked }, { retry: false });
      project.canUndo = done.can_undo;
      host.changed();
      return done;
    });
    page.answer(Panel.generate, async (wish) => {
      readOnly();
      const declined = { started: false, message: vscode.l10n.t('Not started.') };
      return unlessDeclined(actions.generate(project, wish), declined);
    });
    page.answer(Panel.openSource, ({ document, start, end }) =>
      actions.openSource(project, document, start !== undefined && end !== undefined ? { start, end } : undefined),
    );
    page.answer(Panel.openText, ({ sample, which }) => actions.openText(project, sample, which));
    page.answer(Panel.stopJob, ({ run }) => server.ask(Server.stopJob, { ...of, run }, { retry: false }));
    page.answer(Panel.showLog, () => shell.log.show());
  }
}

function readOnly(): void {
  refuseRestricted(vscode.l10n.t('This folder is open in Restricted Mode: samples can be read only.'));
}

export type SamplesPanels = ProjectPanels<PanelFocus, SamplesPanel>;

/** @param actions - asked for when a panel is opened: the flows need the panels and the panels the flows */
export function samplesPanels(context: EditorContext, actions: () => PanelActions): SamplesPanels {
  return new ProjectPanels(context, {
    id: 'smt.samples',
    name: vscode.l10n.t('Samples'),
    state: SamplesPanelState,
    content: (project) => new SamplesPanel(context, project, actions()),
  });
}
