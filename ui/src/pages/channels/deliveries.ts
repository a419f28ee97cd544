import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Tone } from "../../components/basic/badge.ts";
import type { IconName } from "../../components/basic/icons.ts";
import { type DeliveryResource, listDeliveries } from "../../data/channels.ts";
import { Query } from "../../state/query.ts";
import { base } from "../../styles/shared.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/time.ts";

const LOOKS: Readonly<Record<DeliveryResource["state"], readonly [Tone, IconName, string]>> = {
  sent: ["good", "check-circle", "sent"],
  waiting: ["info", "hourglass", "waiting"],
  "given-up": ["danger", "fail", "given up"],
  refused: ["warning", "alert", "refused"],
};

/** The newest deliveries of a channel. */
@customElement("fl-channel-deliveries")
export class ChannelDeliveries extends LitElement {
  static override styles = [
    base,
    css`
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-3);
        padding: var(--space-2) 0;
        overflow-wrap: anywhere;
      }
      li + li {
        border-top: 1px solid var(--border);
      }
    `,
  ];

  @property() channel = "";
  @property() account = "";
  /** Each change of this number loads the deliveries again. */
  @property({ type: Number }) version = 0;

  readonly #deliveries = new Query<object, readonly DeliveryResource[]>(this, {
    args: () => ({ id: this.channel, version: this.version }),
    load: (_, signal) => listDeliveries({ id: this.channel, account: this.account }, signal),
    keep: true,
  });

  protected override render() {
    const { data, error } = this.#deliveries;
    if (error && !data) return html`<fl-error inline .error=${error}></fl-error>`;
    if (data === undefined) return html`<p class="quiet" role="status">Loading…</p>`;
    if (data.length === 0) return html`<p class="quiet">Nothing was sent yet.</p>`;
    return html`<ul>${data.map((one) => this.#row(one))}</ul>`;
  }

  #row({ state, purpose, attempts, reason, device, events, updatedAt }: DeliveryResource) {
    const [tone, icon, text] = LOOKS[state];
    const what = events ? `${events.count} events, ${events.stream} ${events.from} to ${events.through}` : purpose;
    return html`<li>
      <fl-badge tone=${tone} .icon=${icon}>${text}</fl-badge>
      <span>${what}${device ? ` of ${device}` : ""}</span>
      <span class="quiet"><fl-time at=${updatedAt}></fl-time>${attempts > 1 ? `, ${attempts} tries` : ""}</span>
      ${reason && state !== "sent" ? html`<span class="quiet">${reason}</span>` : nothing}
    </li>`;
  }
}
