import type { Sample } from '../../src/contract/sample.ts';
import type {
  AuditReport,
  Decision,
  DecisionResult,
  SampleCounts,
  SampleFilter,
  SampleLineage,
  SamplePage,
} from '../../src/contract/samplesView.ts';
import { documents, methods } from './fixture.ts';

/** A store of samples in memory that answers like the server, with decisions and undo. For the dev page and tests. */
export class FakeStore {
  revision = 1;
  /** The table was judged with other evaluation questions. */
  outdated = false;
  private readonly undos: { before: Map<string, Sample>; what: string; group?: string }[] = [];
  private readonly audits = new Map<string, { ids: string[]; verdicts: Map<string, boolean> }>();

  constructor(public samples: Sample[]) {}

  get canUndo(): boolean {
    return this.undos.length > 0;
  }

  add(samples: readonly Sample[], where: 'end' | 'start' = 'end'): void {
    this.samples = where === 'end' ? [...this.samples, ...samples] : [...samples, ...this.samples];
    this.revision += 1;
  }

  page(filter: SampleFilter, offset: number, limit: number): SamplePage | Promise<SamplePage> {
    const matching = this.matching(filter);
    return {
      revision: this.revision,
      total: matching.length,
      offset,
      samples: matching.slice(offset, offset + limit),
    };
  }

  matching(filter: SampleFilter): Sample[] {
    const words = filter.text?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
    return this.samples.filter((sample) => {
      if (filter.methods && !filter.methods.includes(sample.method)) return false;
      if (filter.documents && !filter.documents.includes(sample.document)) return false;
      if (filter.state && sample.state !== filter.state) return false;
      if (filter.reasons && !(sample.reason && filter.reasons.includes(sample.reason))) return false;
      if (filter.reviewed !== undefined && (sample.reviewed ?? false) !== filter.reviewed) return false;
      if (filter.stale !== undefined && (sample.stale ?? false) !== filter.stale) return false;
      if (filter.query && sample.query !== filter.query) return false;
      if (filter.request && sample.request !== filter.request) return false;
      if (
        filter.range &&
        !(sample.source && sample.source.start < filter.range.end && sample.source.end > filter.range.start)
      )
        return false;
      const text =
        `${sample.question ?? ''} ${sample.explanation ?? ''} ${sample.answer ?? ''} ${sample.text ?? ''}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  counts(filter: SampleFilter = {}): SampleCounts {
    const all = this.matching(filter);
    const accepted = (some: Sample[]) => some.filter((sample) => sample.state === 'accepted').length;
    const reasons: Record<string, number> = {};
    for (const { reason } of all) if (reason) reasons[reason] = (reasons[reason] ?? 0) + 1;
    return {
      revision: this.revision,
      ...(this.outdated ? { outdated: true } : {}),
      total: all.length,
      accepted: accepted(all),
      rejected: all.length - accepted(all),
      reviewed: all.filter((sample) => sample.reviewed).length,
      stale: all.filter((sample) => sample.stale).length,
      reasons,
      methods: methods.map(({ id, label }) => {
        const made = all.filter((sample) => sample.method === id);
        return {
          method: id,
          label,
          accepted: accepted(made),
          rejected: made.length - accepted(made),
          tokens: made.reduce((sum, sample) => sum + sample.tokens, 0),
        };
      }),
      documents: documents.map(({ id }) => {
        const made = all.filter((sample) => sample.document === id);
        const asked = made.filter((sample) => sample.kind === 'qa');
        return {
          document: id,
          accepted: accepted(made),
          rejected: made.length - accepted(made),
          stale: made.filter((sample) => sample.stale).length,
          duplicate_rate:
            asked.length === 0 ? null : asked.filter((sample) => sample.reason === 'duplicate').length / asked.length,
        };
      }),
    };
  }

  lineage(id: string): SampleLineage {
    const sample = this.samples.find((one) => one.id === id);
    const document = documents.find((one) => one.id === sample?.document);
    if (!sample || !document) throw new Error(`There is no sample ${id}.`);
    const query = sample.query === undefined ? undefined : this.samples.find((one) => one.id === sample.query);
    const system = 'You write training data about a document. Keep every number and name as the document has it.';
    return {
      sample,
      document: {
        id: document.id,
        title: document.title,
        path: document.id,
        window: sample.window ?? 0,
        start: 0,
        end: Math.min(document.text.length, 24_000),
        ...(document.pages ? { page: 1 } : {}),
      },
      ...(sample.strategy ? { strategy: sample.strategy } : {}),
      ...(query ? { query: { id: query.id, text: query.question ?? '', sample: query } } : {}),
      served_by: this.samples
        .filter((one) => one.query === id)
        .map((one) => ({ id: one.id, method: one.method, state: one.state })),
      request: {
        id: sample.request,
        method: sample.method,
        stage: sample.kind === 'qa' ? 'questions' : 'rewrite',
        template: `${sample.method}/${sample.kind === 'qa' ? 'questions' : 'rewrite'}.md`,
        messages: [
          { role: 'system', content: system },
          {
            role: 'user',
            content: `<document title="${document.title}">\n${document.text.slice(0, 1500)}…\n</document>\n\n${
              sample.kind === 'qa'
                ? 'Ask three questions that this document answers. For each, explain first, then give a short answer.'
                : `Apply this strategy: ${sample.strategy}${sample.query_text ? `\nIt must help to answer: ${sample.query_text}` : ''}`
            }`,
          },
        ],
        params: { temperature: 1, top_p: 0.95, max_tokens: 1024, seed: 11 },
        replica: 0,
      },
      completion: {
        raw:
          sample.kind === 'qa'
            ? `Question: ${sample.question}\nExplanation: ${sample.explanation}\nAnswer: ${sample.answer}\n\n<script>alert(1)</script> [run](command:workbench.action.quit)`
            : (sample.text ?? ''),
        finish_reason: sample.reason === 'truncated' ? 'length' : 'stop',
        endpoint: 'builtin',
        ms: 1840,
        at: 1_790_000_000,
        input_tokens: 1_204,
        output_tokens: sample.tokens,
        cost: null,
        attempt: 1,
        run: 'gen-20261122-1840',
      },
      siblings: this.samples
        .filter((one) => one.request === sample.request)
        .map((one) => ({ id: one.id, state: one.state })),
    };
  }

  decide(decision: Decision): DecisionResult {
    const done = (summary: string, question?: string): DecisionResult => {
      this.revision += 1;
      return {
        revision: this.revision,
        summary,
        can_undo: this.canUndo,
        ...(question === undefined ? {} : { question }),
      };
    };
    switch (decision.kind) {
      case 'undo': {
        const last = this.undos.pop();
        if (!last) throw new Error('There is nothing to undo.');
        this.samples = this.samples.map((sample) => last.before.get(sample.id) ?? sample);
        return done(`Undone: ${last.what}`);
      }
      case 'audit':
        this.audits.get(decision.audit)?.verdicts.set(decision.sample, decision.right);
        return done('Judged');
      case 'question':
        return done('Question added', 'own-question');
      case 'edit': {
        this.change([decision.sample], 'edit of 1 sample', (sample) => ({
          ...sample,
          ...decision.fields,
          reviewed: true,
          state: 'accepted',
          original:
            sample.original ??
            [sample.question, sample.explanation, sample.answer, sample.text].filter(Boolean).join('\n'),
        }));
        return done('Edited 1 sample');
      }
      default: {
        const { kind, samples, group } = decision;
        const words = { accept: 'Accepted', reject: 'Rejected', delete: 'Deleted' } as const;
        const what = `${words[kind]} ${samples.length} sample${samples.length === 1 ? '' : 's'}`;
        this.change(samples, what.toLowerCase(), (sample) => {
          const { reason: _reason, detail: _detail, ...rest } = sample;
          if (kind === 'accept') return { ...rest, state: 'accepted', reviewed: true };
          return { ...rest, state: 'rejected', reason: kind === 'delete' ? 'deleted' : 'reviewer', reviewed: true };
        });
        this.join(group);
        return { ...done(what), tally: { done: samples.length, left: 0, gone: 0 } };
      }
    }
  }

  audit(id: string | undefined, size = 50): AuditReport {
    const audit = id ?? `audit-${this.audits.size + 1}`;
    const known = this.audits.get(audit) ?? {
      ids: this.samples
        .filter((sample) => sample.state === 'accepted')
        .filter((_, at) => at % 3 === 0)
        .slice(0, size)
        .map((sample) => sample.id),
      verdicts: new Map<string, boolean>(),
    };
    this.audits.set(audit, known);
    const samples = known.ids.map((one) => ({
      id: one,
      method: this.samples.find((sample) => sample.id === one)?.method ?? '',
      right: known.verdicts.get(one) ?? null,
    }));
    const used = [...new Set(samples.map((sample) => sample.method))];
    return {
      audit,
      samples,
      methods: used.map((method) => {
        const judged = samples.filter((sample) => sample.method === method && sample.right !== null);
        const wrong = judged.filter((sample) => sample.right === false).length;
        return {
          method,
          judged: judged.length,
          wrong,
          rate: judged.length === 0 ? null : wrong / judged.length,
          ci95: judged.length === 0 ? null : wilson(wrong, judged.length),
        };
      }),
    };
  }

  /** Steps of one group are undone together. */
  private join(group: string | undefined): void {
    const last = this.undos.at(-1);
    if (group === undefined || last === undefined) return;
    const before = this.undos.at(-2);
    if (before?.group !== group) last.group = group;
    else {
      this.undos.pop();
      for (const [id, sample] of last.before) if (!before.before.has(id)) before.before.set(id, sample);
    }
  }

  private change(ids: readonly string[], what: string, next: (sample: Sample) => Sample): void {
    const before = new Map<string, Sample>();
    const those = new Set(ids);
    this.samples = this.samples.map((sample) => {
      if (!those.has(sample.id)) return sample;
      before.set(sample.id, sample);
      return next(sample);
    });
    this.undos.push({ before, what });
  }
}

/** Wilson score interval of k of n at 95 %. */
function wilson(k: number, n: number): [number, number] {
  const z = 1.96;
  const p = k / n;
  const centre = p + (z * z) / (2 * n);
  const spread = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}
