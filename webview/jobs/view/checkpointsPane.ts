import { html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { JobPanel } from '../../../src/contract/jobPanel.ts';
import type { Checkpoint } from '../../../src/contract/training.ts';
import { icon } from '../../icons.ts';
import { shared } from '../../styles.ts';
import { count, isLive, size } from '../state/wording.ts';
import { sections } from './sections.ts';
import { ViewElement } from './viewElement.ts';

/** Checkpoints of the run with their size, largest first; each can be talked to, fetched from elsewhere, or deleted. */
@customElement('smt-run-checkpoints')
export class CheckpointsPane extends ViewElement {
  static override styles = [shared, sections];

  override render(): TemplateResult | typeof nothing {
    const { snapshot, job } = this.view;
    if (!snapshot || job?.kind !== 'train') return nothing;
    const { checkpoints } = snapshot;
    const total = checkpoints.reduce((sum, { bytes }) => sum + bytes, 0);
    return html`<section aria-labelledby="checkpoints">
      <h2 id="checkpoints">Checkpoints${checkpoints.length > 0 ? ` (${size(total)})` : ''}</h2>
      ${
        checkpoints.length === 0
          ? html`<p class="muted">
              ${
                isLive(job)
                  ? 'None yet: the first is written when it is complete.'
                  : 'This run left no checkpoint, or they were deleted.'
              }
            </p>`
          : html`<div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col" class="end">Step</th>
                    <th scope="col" class="end">Size</th>
                    <th scope="col">Where</th>
                    <th scope="col">Actions</th>
                  </tr>
                </thead>
                <tbody>
                  ${[...checkpoints].sort((one, other) => other.bytes - one.bytes || other.step - one.step).map((one) => this.row(one))}
                </tbody>
              </table>
            </div>`
      }
    </section>`;
  }

  private row({ run, step, bytes, final, path, local_path, target }: Checkpoint): TemplateResult {
    const { view } = this;
    const trusted = view.init?.trusted ?? false;
    const live = view.job ? isLive(view.job) : false;
    return html`<tr>
      <th scope="row" class="end">${count(step)}${final ? ' (final model)' : ''}</th>
      <td class="end">${size(bytes)}</td>
      <td title=${local_path ?? path}>
        ${local_path === null ? target : target === 'local' ? 'this machine' : `this machine, fetched from ${target}`}
      </td>
      <td>
        ${
          trusted
            ? html`<button class="plain" @click=${() => void view.attempt(() => view.ask(JobPanel.chat, { run, step }))}>
                  ${icon('person')}Chat
                </button>
                ${
                  local_path
                    ? nothing
                    : html`<button
                        class="plain"
                        title=${`Bring it to this machine: ${size(bytes)}`}
                        aria-label=${`Fetch the checkpoint of step ${step}`}
                        @click=${() => void view.attempt(() => view.ask(JobPanel.fetchCheckpoint, { run, step }))}
                      >
                        ${icon('down')}Fetch
                      </button>`
                }
                <button
                  class="plain"
                  ?disabled=${live}
                  title=${live ? 'Its run is still going on' : 'Delete this checkpoint'}
                  aria-label=${`Delete the checkpoint of step ${step}`}
                  @click=${() => void view.attempt(() => view.ask(JobPanel.deleteCheckpoint, { run, step }))}
                >
                  ${icon('trash')}Delete
                </button>`
            : nothing
        }
      </td>
    </tr>`;
  }
}
