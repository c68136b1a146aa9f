import { asFailure } from '../../../src/contract/rpcConnection.ts';
import { Panel } from '../../../src/contract/samplesPanel.ts';
import type { AuditReport } from '../../../src/contract/samplesView.ts';
import type { Ask } from '../../asking.ts';
import { idle, type Resource, refreshing, valueIn } from '../../resource.ts';
import { firstOpen, type Verdicts } from '../state/audit.ts';

export const AUDIT_SIZE = 50;

/**
 * An audit: 50 samples drawn at random by the host, judged one after the other. Every verdict is stored by the host at
 * once, so that a closed panel goes on where it was; the rates and intervals are the host's.
 */
export class AuditRun {
  report: Resource<AuditReport> = idle;
  /** Position of the sample that is judged now; equal to the number of samples when all are done. */
  at = 0;
  /** Verdicts given here whose answer is still on its way, so that the next sample shows at once. */
  readonly given = new Map<string, boolean>();

  constructor(
    private readonly ask: Ask,
    private readonly changed: () => void,
  ) {}

  get open(): boolean {
    return this.report.status !== 'idle';
  }

  get samples(): Verdicts {
    const report = valueIn(this.report);
    return report?.samples.map((one) => ({ ...one, right: this.given.get(one.id) ?? one.right })) ?? [];
  }

  get current(): string | null {
    return this.samples[this.at]?.id ?? null;
  }

  /** Draws a new audit, or goes on with one. */
  async start(audit?: string, at?: number): Promise<void> {
    this.report = refreshing(this.report);
    this.given.clear();
    this.changed();
    try {
      const report = await this.ask(Panel.audit, audit === undefined ? { size: AUDIT_SIZE } : { audit });
      this.report = { status: 'ready', value: report };
      this.at = at ?? firstOpen(report.samples);
    } catch (error) {
      this.report = { status: 'failed', failure: asFailure(error) };
    }
    this.changed();
  }

  /** Stores the verdict and shows the next sample without waiting for the answer. */
  async judge(right: boolean): Promise<void> {
    const report = valueIn(this.report);
    const sample = this.current;
    if (!report || sample === null) return;
    const before = this.given.get(sample);
    this.given.set(sample, right);
    this.at += 1;
    this.changed();
    try {
      await this.ask(Panel.decide, { decision: { kind: 'audit', audit: report.audit, sample, right } });
      const newer = await this.ask(Panel.audit, { audit: report.audit });
      if (valueIn(this.report)?.audit === newer.audit) this.report = { status: 'ready', value: newer };
    } catch (error) {
      if (before === undefined) this.given.delete(sample);
      else this.given.set(sample, before);
      this.report = { status: 'failed', failure: asFailure(error) };
    }
    this.changed();
  }

  move(by: 1 | -1): void {
    this.at = Math.min(Math.max(0, this.at + by), this.samples.length);
    this.changed();
  }

  close(): void {
    this.report = idle;
    this.given.clear();
    this.changed();
  }
}
