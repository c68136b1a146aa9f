import 'vscode-jsonrpc/node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeEditor, type FakeEditorOptions, fixtureJob } from '../../../webview/dev/fakeEditor.ts';
import { FakeStore } from '../../../webview/dev/fakeStore.ts';
import { makeSamples } from '../../../webview/dev/fixture.ts';
import { valueIn } from '../../../webview/resource.ts';
import { run, type Surroundings } from '../../../webview/samples/panel/commands.ts';
import { askOwnQuestion, saveEdit } from '../../../webview/samples/panel/decisions.ts';
import { SamplesPanel } from '../../../webview/samples/panel/samplesPanel.ts';
import type { ListCommand } from '../../../webview/samples/state/keyboard.ts';
import { freshUiState } from '../../../webview/samples/state/uiState.ts';
import { portOf } from '../../fixtures/messagePort.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

interface Opened {
  panel: SamplesPanel;
  editor: FakeEditor;
  store: FakeStore;
  state: () => unknown;
}

async function openPanel(
  samples = makeSamples(250),
  options: FakeEditorOptions & { remembered?: unknown } = {},
): Promise<Opened> {
  const channel = new MessageChannel();
  const store = new FakeStore(samples);
  const editor = new FakeEditor(portOf(channel.port2), store, options);
  let state: unknown = options.remembered ?? null;
  const panel = new SamplesPanel({
    port: portOf(channel.port1),
    readState: () => state,
    writeState: (next) => {
      state = JSON.parse(JSON.stringify(next));
    },
  });
  open.push(() => {
    channel.port1.close();
    channel.port2.close();
  });
  await panel.start();
  return { panel, editor, store, state: () => state };
}

const around: Surroundings = { rowsPerScreen: 5, focusSearch() {}, focusDetails() {}, focusEditor() {} };
const press = (panel: SamplesPanel, command: ListCommand) => run(panel, command, around);
const until = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 5 });
const activeIndex = (panel: SamplesPanel) => panel.selection.active?.index;

describe('opening the panel', () => {
  it('gets everything by one handshake and shows the first sample with its lineage and its document', async () => {
    const { panel } = await openPanel();
    expect(panel.list.total).toBe(250);
    expect(panel.counts?.total).toBe(250);
    await until(() => {
      expect(valueIn(panel.inspected.lineage)?.sample.id).toBe(panel.list.at(0)?.id);
      expect(valueIn(panel.inspected.text)?.id).toBe(panel.list.at(0)?.document);
    });
  });

  it('says why when the engine cannot answer, and works on the next try', async () => {
    const broken = { broken: 'The engine process ended.' };
    const { panel } = await openPanel([], broken);
    expect(panel.session).toMatchObject({ status: 'failed', failure: { code: 'server', message: broken.broken } });
    broken.broken = '';
    await panel.start();
    expect(panel.session.status).toBe('ready');
  });

  it('comes back as it was left: filter, sample, unsaved words', async () => {
    const samples = makeSamples(250);
    const rejected = samples.filter((sample) => sample.state === 'rejected');
    const third = rejected[2];
    if (!third) throw new Error('the fixture has too few rejected samples');
    const remembered = {
      ...freshUiState('/projects/osmerrow'),
      filter: { state: 'rejected' },
      active: { id: third.id, index: 2 },
      draft: { sample: third.id, fields: { question: 'Half a thou' } },
    };
    const { panel } = await openPanel(samples, { remembered });
    expect(panel.list.total).toBe(rejected.length);
    expect(panel.selection.active).toEqual({ id: third.id, index: 2 });
    expect(panel.ui.draft?.fields.question).toBe('Half a thou');
  });

  it('remembers how the person looks, never the samples', async () => {
    const { panel, state } = await openPanel();
    await panel.setFilter({ text: 'herring' });
    panel.persist();
    const stored = JSON.stringify(state());
    expect(stored).toContain('herring');
    expect(stored).not.toContain(panel.list.at(0)?.question ?? panel.list.at(0)?.text);
  });

  it('shows what a right-click asked for', async () => {
    const samples = makeSamples(250);
    const wanted = samples[180];
    if (!wanted) throw new Error('no sample');
    const { panel } = await openPanel(samples, { focus: { sample: wanted.id } });
    expect(panel.selection.active).toEqual({ id: wanted.id, index: 180 });
  });
});

describe('samples that arrive while somebody reads', () => {
  it('are added behind what is shown: counted on a chip, nothing moves', async () => {
    const { panel, editor, store } = await openPanel();
    await panel.pick(3, { extend: false, toggle: false });
    panel.list.look(0, 5);
    const shown = panel.list.at(3)?.id;
    store.add(makeSamples(12, 9, 1000));
    editor.push();
    await until(() => expect(panel.list.total).toBe(262));
    expect(panel.list.below).toBe(12);
    expect(panel.list.at(3)?.id).toBe(shown);
    expect(panel.selection.active).toEqual({ id: shown, index: 3 });
  });

  it('are held back when they would move the rows, until the person asks; the sample they read stays theirs', async () => {
    const { panel, editor, store } = await openPanel();
    await panel.pick(3, { extend: false, toggle: false });
    const reading = panel.list.at(3)?.id;
    store.add(makeSamples(4, 9, 1000), 'start');
    editor.push();
    await until(() => expect(panel.list.behind).toEqual({ added: 4 }));
    expect(panel.list.at(3)?.id).toBe(reading);
    expect(panel.counts?.total).toBe(254);
    const index = await panel.list.catchUp(reading);
    expect(index).toBe(7);
    expect(panel.selection.active).toEqual({ id: reading, index: 7 });
    expect(panel.list.behind).toBeNull();
  });

  it('appear at once while nobody has touched the list', async () => {
    const { panel, editor, store } = await openPanel();
    store.add(makeSamples(4, 9, 1000), 'start');
    editor.push();
    await until(() => expect(panel.list.total).toBe(254));
    expect(panel.list.behind).toBeNull();
  });

  it('appear in an empty panel', async () => {
    const { panel, editor, store } = await openPanel([], { jobs: [fixtureJob()] });
    expect(panel.list.total).toBe(0);
    store.add(makeSamples(5));
    editor.push();
    await until(() => expect(panel.list.total).toBe(5));
    expect(panel.selection.active?.index).toBe(0);
  });

  it('a snapshot that is older than the last is dropped', async () => {
    const { panel, editor } = await openPanel();
    editor.jobs = [fixtureJob({ title: 'newer' })];
    editor.push();
    await until(() => expect(panel.jobs[0]?.title).toBe('newer'));
    const seen = new Set<string | undefined>();
    open.push(panel.subscribe(() => seen.add(panel.jobs[0]?.title)));
    editor.jobs = [fixtureJob({ title: 'older' })];
    editor.pushOld();
    editor.jobs = [fixtureJob({ title: 'newest' })];
    editor.push();
    await until(() => expect(panel.jobs[0]?.title).toBe('newest'));
    expect([...seen]).not.toContain('older');
  });

  it('a restarted engine, which counts revisions from the beginning, is believed', async () => {
    const { panel, editor, store } = await openPanel();
    store.add(makeSamples(4, 9, 1000));
    editor.push();
    await until(() => expect(panel.list.total).toBe(254));
    store.samples = store.samples.slice(0, 30);
    store.revision = 1;
    editor.push();
    await until(() => expect(panel.list.total).toBe(30));
  });
});

describe('filtering', () => {
  it('shows the matching samples with counts that add up', async () => {
    const { panel, store } = await openPanel();
    await panel.setFilter({ methods: ['synthetic_qa'], state: 'rejected' });
    expect(panel.list.total).toBe(store.matching({ methods: ['synthetic_qa'], state: 'rejected' }).length);
    await until(() => expect(panel.matching.status).toBe('ready'));
    const counts = valueIn(panel.matching);
    expect(counts?.total).toBe((counts?.accepted ?? 0) + (counts?.rejected ?? 0));
    expect(counts?.rejected).toBe(Object.values(counts?.reasons ?? {}).reduce((sum, one) => sum + one, 0));
  });

  it('an answer to an earlier filter is dropped, however late it comes', async () => {
    const { panel, store } = await openPanel();
    const page = store.page.bind(store);
    let slow: (() => void) | undefined;
    const waited = new Promise<void>((resolve) => {
      slow = resolve;
    });
    store.page = (filter, offset, limit) =>
      filter.text === 'slow' ? waited.then(() => page({}, 0, 100)) : page(filter, offset, limit);
    const first = panel.setFilter({ text: 'slow' });
    await panel.setFilter({ text: 'quay' });
    const right = panel.list.total;
    slow?.();
    await first;
    expect(panel.list.filter).toEqual({ text: 'quay' });
    expect(panel.list.total).toBe(right);
  });
});

describe('deciding', () => {
  it('a decision on one sample goes on to the next, and undo takes it back', async () => {
    const { panel, store } = await openPanel(makeSamples(60).map((one) => ({ ...one, state: 'accepted' as const })));
    const first = panel.list.at(0)?.id ?? '';
    await press(panel, { do: 'reject', note: false });
    expect(panel.list.at(0)).toMatchObject({ id: first, state: 'rejected', reason: 'reviewer', reviewed: true });
    expect(activeIndex(panel)).toBe(1);
    expect(panel.notice).toEqual({ tone: 'done', text: 'Rejected 1 sample' });
    expect(panel.canUndo).toBe(true);
    await press(panel, { do: 'undo' });
    expect(panel.list.at(0)?.state).toBe('accepted');
    expect(store.canUndo).toBe(false);
  });

  it('under a filter the next sample moves up in place of the one that no longer passes', async () => {
    const accepted = makeSamples(60).map((one) => ({ ...one, state: 'accepted' as const }));
    const { panel } = await openPanel(accepted);
    await panel.setFilter({ state: 'accepted' });
    const second = panel.list.at(1)?.id;
    await press(panel, { do: 'reject', note: false });
    expect(panel.list.total).toBe(59);
    expect(panel.selection.active).toEqual({ id: second, index: 0 });
  });

  it('applies to all that are selected, also beyond what is loaded', async () => {
    const { panel, store } = await openPanel();
    await press(panel, { do: 'selectAll' });
    expect(panel.selection.ids.size).toBe(250);
    await press(panel, { do: 'accept' });
    expect(store.counts().accepted).toBe(250);
    await press(panel, { do: 'undo' });
    expect(store.counts().accepted).toBeLessThan(250);
  });

  it('applies to many more than one message carries, in steps that are undone as one', async () => {
    const { panel, editor, store } = await openPanel(
      makeSamples(45_000).map(({ reason: _, ...one }) => ({ ...one, state: 'accepted' as const })),
    );
    await press(panel, { do: 'selectAll' });
    expect(panel.selection.ids.size).toBe(45_000);
    expect(panel.announcement).toBe('45,000 samples selected');
    await press(panel, { do: 'reject', note: false });
    expect(store.counts().rejected).toBe(45_000);
    expect(panel.notice).toEqual({ tone: 'done', text: '45,000 rejected' });
    const steps = editor.asked.filter(({ method }) => method === 'panel/decide');
    expect(steps).toHaveLength(3);
    await press(panel, { do: 'undo' });
    expect(store.counts().accepted).toBe(45_000);
    expect(panel.canUndo).toBe(false);
  });

  it('a range is selected over rows that were never loaded', async () => {
    const { panel } = await openPanel(makeSamples(900));
    await press(panel, { do: 'move', to: 'last', extend: true });
    expect(panel.selection.ids.size).toBe(900);
    expect(activeIndex(panel)).toBe(899);
  });

  it('an edit keeps the original, and unsaved words are not lost by going on', async () => {
    const { panel } = await openPanel();
    const id = panel.selection.active?.id ?? '';
    panel.keep({ draft: { sample: id, fields: { text: 'Half a thought' } } });
    await press(panel, { do: 'move', to: 'next', extend: false });
    expect(panel.selection.active?.id).toBe(id);
    expect(panel.dialog).toMatchObject({ show: 'draft' });
    panel.dialog = null;
    await saveEdit(panel, id, { text: 'A whole thought' });
    expect(panel.list.at(0)).toMatchObject({ text: 'A whole thought', reviewed: true });
    expect(panel.list.at(0)?.original).toBeDefined();
    expect(panel.ui.draft).toBeNull();
  });

  it('a failed decision is said with its reason and changes nothing', async () => {
    const { panel, store } = await openPanel();
    await press(panel, { do: 'undo' });
    expect(panel.notice).toMatchObject({ tone: 'problem', failure: { message: 'There is nothing to undo.' } });
    expect(store.revision).toBe(1);
  });

  it('in restricted mode nothing is decided or generated', async () => {
    const { panel, editor } = await openPanel(makeSamples(20), { trusted: false });
    for (const command of [
      { do: 'accept' },
      { do: 'reject', note: false },
      { do: 'delete' },
      { do: 'regenerate' },
      { do: 'rewrites' },
      { do: 'undo' },
    ] satisfies ListCommand[])
      await press(panel, command);
    expect(editor.asked.map(({ method }) => method)).not.toContain('panel/decide');
    expect(editor.asked.map(({ method }) => method)).not.toContain('panel/generate');
  });
});

describe('asking for more', () => {
  it('rewrites are asked for with the question of the sample', async () => {
    const samples = makeSamples(60);
    const at = samples.findIndex((one) => one.kind === 'qa');
    const { panel, editor } = await openPanel(samples);
    await panel.pick(at, { extend: false, toggle: false });
    await press(panel, { do: 'rewrites' });
    expect(editor.asked.filter(({ method }) => method === 'panel/generate').map(({ params }) => params)).toEqual([
      {
        what: 'rewrites_for_question',
        document: samples[at]?.document,
        query: { id: samples[at]?.id, text: samples[at]?.question },
      },
    ]);
  });

  it('a person’s own question is stored first, then served', async () => {
    const { panel, editor } = await openPanel();
    await askOwnQuestion(panel, 'a-short-history-of-osmerrow.md', 'Who rang the bell?');
    const params = editor.asked.filter(({ method }) => /decide|generate/.test(method)).map((one) => one.params);
    expect(params).toMatchObject([
      { decision: { kind: 'question', text: 'Who rang the bell?' } },
      { what: 'rewrites_for_question', query: { id: 'own-question', text: 'Who rang the bell?' } },
    ]);
  });
});

describe('an audit', () => {
  it('stores every verdict at once, shows the rate, and goes on where it was', async () => {
    const samples = makeSamples(400);
    const { panel } = await openPanel(samples);
    await panel.audit.start();
    expect(panel.audit.samples).toHaveLength(50);
    await panel.audit.judge(true);
    await panel.audit.judge(false);
    panel.audit.move(1);
    expect(panel.audit.at).toBe(3);
    const report = valueIn(panel.audit.report);
    expect(report?.methods.reduce((sum, method) => sum + method.judged, 0)).toBe(2);
    expect(report?.methods.reduce((sum, method) => sum + method.wrong, 0)).toBe(1);
    expect(panel.ui.audit).toEqual({ id: report?.audit, at: 3 });
    await panel.audit.start(report?.audit);
    expect(panel.audit.at).toBe(2);
    expect(panel.audit.samples.slice(0, 3).map(({ right }) => right)).toEqual([true, false, null]);
  });

  it('going back lets a verdict be changed', async () => {
    const { panel } = await openPanel(makeSamples(400));
    await panel.audit.start();
    await panel.audit.judge(true);
    panel.audit.move(-1);
    await panel.audit.judge(false);
    expect(panel.audit.samples[0]?.right).toBe(false);
    expect(valueIn(panel.audit.report)?.samples.filter(({ right }) => right !== null)).toHaveLength(1);
  });
});
