import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { NEARLY_FULL_SHARE } from "../../components/devices/concerns.ts";
import { bytes, counted, percent } from "../../components/text/numbers.ts";
import type { SystemResource } from "../../data/system.ts";
import { base, cardHost, cards } from "../../styles/shared.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/meter.ts";

type Stream = SystemResource["streams"][number];
type Nats = SystemResource["nats"];

const ACKNOWLEDGED: Readonly<Record<Nats["acknowledged"], TemplateResult>> = {
  "on-disk": html`<fl-badge tone="good" icon="check-circle">Events are on disk when acknowledged</fl-badge>`,
  later: html`<fl-badge tone="warning" icon="warning">Events reach the disk after they are acknowledged</fl-badge>`,
  unknown: html`<fl-badge tone="info" icon="info">Not known whether events are on disk when acknowledged</fl-badge>`,
};

const KEEPS: Readonly<Record<string, string>> = {
  FLEET: "All events but telemetry, refusals, sign-ins and deliveries, kept for good. When full it refuses new events.",
  TELEMETRY: "Telemetry. The oldest events are dropped when the stream is full or they are too old.",
  ACCESS:
    "Sign-ins, refused log-ins and refused calls. The oldest events are dropped when the stream is full or they are too old.",
  DELIVERY: "What channels have sent. The oldest events are dropped when the stream is full or they are too old.",
};

@customElement("fl-streams-card")
export class StreamsCard extends LitElement {
  static override styles = [
    base,
    cardHost,
    cards,
    css`
      li {
        display: grid;
        gap: var(--space-2);
        padding: var(--space-3) var(--space-4);
      }
      li + li {
        border-top: 1px solid var(--border);
      }
      .server {
        display: grid;
        gap: var(--space-2);
        padding: var(--space-3) var(--space-4);
        border-bottom: 1px solid var(--border);
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-3);
      }
      .fill {
        margin-left: auto;
        font-variant-numeric: tabular-nums;
      }
      .none {
        padding: var(--space-4);
      }
    `,
  ];

  @property({ attribute: false }) streams: readonly Stream[] = [];
  @property({ attribute: false }) nats!: Nats;

  protected override render() {
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Log</h2></div>
      ${this.#server()}
      ${
        this.streams.length === 0
          ? html`<p class="none quiet">The log does not answer. Check nats-server.</p>`
          : html`<ul>
            ${this.streams.map((stream) => this.#stream(stream))}
          </ul>`
      }
    </section>`;
  }

  #server() {
    const { version, acknowledged, advice } = this.nats;
    return html`<div class="server">
      <div class="line">
        <span>nats-server ${version}</span>
        ${ACKNOWLEDGED[acknowledged]}
      </div>
      ${acknowledged === "on-disk" ? nothing : html`<p class="quiet">${advice}</p>`}
    </div>`;
  }

  #stream({ name, events, bytes: size, maxBytes, firstSeq, lastSeq }: Stream) {
    const fill = size / maxBytes;
    const tone =
      fill < NEARLY_FULL_SHARE || name === "ACCESS" || name === "DELIVERY"
        ? "usual"
        : name === "FLEET"
          ? "danger"
          : "warning";
    const text = `${bytes(size)} of ${bytes(maxBytes)}`;
    return html`<li>
      <div class="line">
        <h3>${name}</h3>
        ${tone === "usual" ? nothing : html`<fl-badge tone=${tone} icon="warning">${percent(fill)} full</fl-badge>`}
        <span class="fill">${text} <span class="faint">(${percent(fill)})</span></span>
      </div>
      <fl-meter value=${fill} tone=${tone} label="${name}: fill level" text=${text}></fl-meter>
      <div class="line faint">
        <span class="number">${
          events === 0
            ? "no events"
            : `${counted(events, "event")}, #${firstSeq.toLocaleString()} to #${lastSeq.toLocaleString()}`
        }</span>
      </div>
      <p class="quiet">${KEEPS[name] ?? ""}</p>
    </li>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-streams-card": StreamsCard;
  }
}
