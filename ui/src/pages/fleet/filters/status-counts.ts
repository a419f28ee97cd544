import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { deviceLooks } from "../../../components/devices/looks.ts";
import { percent } from "../../../components/text/numbers.ts";
import { DEVICE_STATUSES, type DeviceStatus, type StatusCount } from "../../../data/devices.ts";
import { base } from "../../../styles/shared.ts";
import { tiles } from "../../../styles/tiles.ts";
import { weightOf } from "../weight.ts";
import "../../../components/basic/badge.ts";

/**
 * Counts by status of the devices that match all filters except status. Each count is a filter. Event `status`
 * (DeviceStatus or "").
 */
@customElement("fl-status-counts")
export class StatusCounts extends LitElement {
  static override styles = [
    base,
    tiles,
    css`
      :host {
        display: grid;
        grid-template-columns: repeat(5, minmax(0, 1fr));
        gap: var(--space-3);
      }
      button {
        gap: var(--space-1);
        padding: var(--space-3) var(--space-4);
      }
      .many .figure {
        color: var(--warning-text);
      }
      button.most:not([aria-pressed="true"]) {
        border-color: var(--danger-mark);
        background: var(--danger-tint);
      }
      .most .figure {
        color: var(--danger-text);
      }
      .many .part,
      .most .part {
        color: inherit;
        font-weight: 500;
      }
      .name {
        display: flex;
        align-items: center;
        gap: 0.375rem;
        height: 1.25rem;
      }
      .figure {
        font-size: var(--size-figure);
        letter-spacing: -0.02em;
        line-height: 1.2;
      }
      .part {
        color: var(--text-faint);
        font-size: var(--size-small);
        font-weight: 400;
        letter-spacing: 0;
      }
      @media (max-width: 67rem) {
        :host {
          grid-template-columns: repeat(4, minmax(0, 1fr));
          gap: var(--space-2);
        }
        .few .part,
        .word {
          display: none;
        }
        button {
          gap: 0;
          padding: var(--space-2) var(--space-3);
        }
        button:first-child {
          display: flex;
          grid-column: 1 / -1;
          align-items: center;
          justify-content: space-between;
          min-height: var(--control);
        }
        .name {
          --badge-icon: none;
        }
        .figure {
          font-size: 1.125rem;
        }
      }
      @media (max-width: 47.99rem) {
        :host {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
        .name {
          --badge-icon: initial;
        }
      }
    `,
  ];

  @property({ attribute: false }) counts: StatusCount | undefined;
  /** Whether there are filters other than the status. */
  @property({ type: Boolean }) filtered = false;
  @property() status: DeviceStatus | "" = "";

  protected override render() {
    const { counts } = this;
    return html`${this.#tile("", this.filtered ? "In service, filtered" : "In service", counts?.total)}
    ${DEVICE_STATUSES.map((status) => this.#tile(status, deviceLooks[status].text, counts?.byStatus[status] ?? (counts && 0)))}`;
  }

  #tile(status: DeviceStatus | "", text: string, count: number | undefined) {
    const { total = 0 } = this.counts ?? {};
    // A filter may find mostly disconnected devices in a healthy fleet, so filtered counts have no mark.
    const weight = status === "disconnected" && count && !this.filtered ? weightOf(count, total) : "few";
    const part = status !== "" && status !== "retired" && total > 0 && count ? percent(count / total) : "";
    const look = status === "" ? undefined : deviceLooks[status];
    const name = look ? html`<fl-badge plain tone=${look.tone} .icon=${look.icon}>${text}</fl-badge>` : text;
    return html`<button class=${weight} aria-pressed=${this.status === status} @click=${() => this.#choose(status)}>
      <span class="name">${name}</span>
      <span class="figure">${count?.toLocaleString() ?? "–"} ${part ? html`<span class="part">${part}<span class="word">${WORDS[weight]}</span></span>` : nothing}</span>
    </button>`;
  }

  #choose(status: DeviceStatus | ""): void {
    this.dispatchEvent(new CustomEvent("status", { detail: this.status === status ? "" : status }));
  }
}

const WORDS = { few: "", many: ", many", most: ", most of the fleet" } as const;
