import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { fact, fullTime, jsonCard } from "../../components/basic/facts.ts";
import { deviceBadge } from "../../components/devices/state-badge.ts";
import { answerOf, type CommandDetail } from "../../data/commands.ts";
import type { DeviceResource } from "../../data/devices.ts";
import { paths } from "../../state/paths.ts";
import { facts } from "../../styles/facts.ts";
import { base, cards } from "../../styles/shared.ts";
import "../../components/basic/id.ts";
import "../../components/basic/json.ts";
import "../../components/people/by.ts";

const LONGEST_ERROR = 2_000;

@customElement("fl-facts-card")
export class FactsCard extends LitElement {
  static override styles = [
    base,
    cards,
    facts,
    css`
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
          ${fact("Issued by", html`<a href="${paths.commands}?by=${encodeURIComponent(issuedBy)}"><fl-by by=${issuedBy}></fl-by></a>`)}
          ${fact("Reason", reason ?? html`<span class="faint">none given</span>`)} ${fact("Deadline", fullTime(deadline))}
          ${fact("Id", html`<fl-id always value=${id} what="command id"></fl-id>`)}
          ${fact("Correlation", correlationid && html`<fl-id always value=${correlationid} what="correlation id"></fl-id>`)}
        </dl>
      </section>
      ${jsonCard("params", "Parameters", params)}
      ${this.#answer()}`;
  }

  #answer() {
    const { result, error } = answerOf(this.command);
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
