import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { deviceBadge } from "../../components/state-badge.ts";
import type { CommandDetail } from "../../data/commands.ts";
import type { DeviceResource } from "../../data/devices.ts";
import { paths } from "../../state/paths.ts";
import { base, cards } from "../../styles/shared.ts";
import "../../components/id.ts";
import "../../components/json.ts";
import "../../components/time.ts";

const LONGEST_ERROR = 2_000;

@customElement("fl-facts-card")
export class FactsCard extends LitElement {
  static override styles = [
    base,
    cards,
    css`
      :host {
        display: grid;
        gap: var(--space-4);
        min-width: 0;
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        align-items: baseline;
        gap: var(--space-2) var(--space-4);
        padding: var(--space-4);
      }
      dt {
        color: var(--text-faint);
      }
      dd {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .device {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-2);
      }
      .fault {
        display: grid;
        gap: var(--space-1);
        padding: var(--space-3);
        border-radius: var(--radius);
        background: var(--danger-tint);
        color: var(--danger-text);
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) command!: CommandDetail;
  /** Undefined until loaded. */
  @property({ attribute: false }) device: DeviceResource | undefined;

  protected override render() {
    const { command } = this;
    const { id, device, issuedBy, reason, correlationid, deadline, params } = command;
    return html`<section class="card" aria-labelledby="facts">
        <div class="card-head"><h2 id="facts">Command</h2></div>
        <dl>
          <dt>Device</dt>
          <dd class="device">
            <a href=${paths.device(device)}>${device}</a>
            ${this.device ? deviceBadge(this.device.status) : nothing}
          </dd>
          <dt>Issued by</dt>
          <dd><a href="${paths.commands}?by=${encodeURIComponent(issuedBy)}">${issuedBy}</a></dd>
          <dt>Reason</dt>
          <dd>${reason ?? html`<span class="faint">none given</span>`}</dd>
          <dt>Deadline</dt>
          <dd><fl-time at=${deadline} show="full"></fl-time></dd>
          <dt>Id</dt>
          <dd><fl-id always value=${id} what="command id"></fl-id></dd>
          ${
            correlationid
              ? html`<dt>Correlation</dt>
                <dd><fl-id always value=${correlationid} what="correlation id"></fl-id></dd>`
              : nothing
          }
        </dl>
      </section>
      ${
        params === undefined
          ? nothing
          : html`<section class="card" aria-labelledby="params">
            <div class="card-head"><h2 id="params">Parameters</h2></div>
            <div class="card-body"><fl-json .value=${params} what="parameters"></fl-json></div>
          </section>`
      }
      ${this.#answer()}`;
  }

  #answer() {
    const { result, error } = this.command;
    if (error === undefined && result === undefined) return nothing;
    return html`<section class="card" aria-labelledby="answer">
      <div class="card-head"><h2 id="answer">Answer</h2></div>
      <div class="card-body">
        ${
          error
            ? html`<p class="fault"><strong>${error.message.slice(0, LONGEST_ERROR)}</strong><code>${error.code}</code></p>`
            : html`<fl-json .value=${result} what="result"></fl-json>`
        }
      </div>
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-facts-card": FactsCard;
  }
}
