import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { gatewayBadge } from "../../components/devices/state-badge.ts";
import { threeDigits } from "../../components/text/numbers.ts";
import type { GatewayResource } from "../../data/system.ts";
import { base, cardHost, cards } from "../../styles/shared.ts";
import { type Counted, connectionsOf, isCounted, type Measure, type Trend } from "./trends.ts";
import "../../components/basic/id.ts";
import "../../components/charts/sparkline.ts";
import "../../components/basic/time.ts";
import "./lease.ts";

const PROTOCOLS: Readonly<Record<string, string>> = { websocket: "WebSocket", mqtt: "MQTT" };

const UNKNOWN = html`<span class="faint">not known yet</span>`;

@customElement("fl-gateway-card")
export class GatewayCard extends LitElement {
  static override styles = [
    base,
    cardHost,
    cards,
    css`
      .name {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .card-body {
        display: grid;
        gap: var(--space-4);
      }
      /* The six facts fill their rows: 6, 3 or 2 in each. */
      .facts {
        display: grid;
        grid-template-columns: repeat(6, minmax(0, auto));
        gap: var(--space-3) var(--space-5);
      }
      @media (max-width: 80rem) {
        .facts {
          grid-template-columns: repeat(3, minmax(0, 1fr));
        }
      }
      @media (max-width: 47.99rem) {
        .facts {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
      }
      dt {
        color: var(--text-faint);
        font-size: var(--size-small);
      }
      dd {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .measures {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(9.25rem, 40%), 1fr));
        gap: var(--space-3) var(--space-5);
      }
      .measures dd {
        display: grid;
        gap: var(--space-1);
      }
      .figure {
        font-size: 1.0625rem;
        font-weight: 600;
        font-variant-numeric: tabular-nums;
        letter-spacing: -0.01em;
        white-space: nowrap;
      }
      .figure small {
        color: var(--text-faint);
        font-size: var(--size-small);
        font-weight: 400;
        letter-spacing: 0;
      }
      .bad {
        color: var(--danger-text);
        font-weight: 500;
      }
    `,
  ];

  @property({ attribute: false }) gateway!: GatewayResource;
  @property({ attribute: false }) trend!: Trend;
  @property({ type: Boolean }) mine = false;

  protected override render() {
    const { name, status, live } = this.gateway;
    return html`<section class="card" aria-labelledby="name">
      <div class="card-head">
        <h2 class="name" id="name">${name}</h2>
        ${gatewayBadge(status)}
        ${this.mine ? html`<span class="end faint">serves this page</span>` : nothing}
      </div>
      <div class="card-body">
        ${this.#facts()}
        ${live ? nothing : html`<p class="quiet">No heartbeat for ten seconds.</p>`}
        ${live && isCounted(live) ? this.#measures(live) : nothing}
      </div>
    </section>`;
  }

  #facts() {
    const { since, version, address, live } = this.gateway;
    const log = live?.logStatus ?? "not known";
    const by = Object.entries(live?.connections ?? {}).map(
      ([name, count]) => `${threeDigits(count)} ${PROTOCOLS[name] ?? name}`,
    );
    return html`<dl class="facts">
      ${this.#fact("Running since", html`<fl-time at=${since}></fl-time>`)}
      ${this.#fact("Version", version ?? UNKNOWN)}
      ${this.#fact("Address", address ? html`<fl-id value=${address} what="address"></fl-id>` : UNKNOWN)}
      ${this.#fact("Lease", live?.lease ? html`<fl-lease .lease=${live.lease}></fl-lease>` : "held")}
      ${this.#fact("Log", html`<span class=${log === "ready" ? "" : "bad"}>${log}</span>`)}
      ${by.length > 0 ? this.#fact("By protocol", by.join(", ")) : nothing}
    </dl>`;
  }

  #fact(name: string, value: unknown) {
    return html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  }

  #measures(live: Counted) {
    const connections = connectionsOf(live);
    return html`<dl class="measures">
      ${this.#measure("Connections", "connections", threeDigits(connections), connections === 1 ? "device" : "devices")}
      ${this.#measure("Events", "events", threeDigits(live.eventsPerSecond), "a second")}
      ${this.#measure("Commands", "commands", threeDigits(live.commandsPerSecond), "a second")}
      ${this.#measure("Append, median", "p50", threeDigits(live.appendMs.p50), "ms")}
      ${this.#measure("Append, 99th percentile", "p99", threeDigits(live.appendMs.p99), "ms")}
    </dl>`;
  }

  #measure(title: string, measure: Measure, figure: string, unit: string) {
    return html`<div>
      <dt>${title}</dt>
      <dd>
        <span class="figure">${figure} <small>${unit}</small></span>
        <fl-sparkline .values=${this.trend[measure]}></fl-sparkline>
      </dd>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-gateway-card": GatewayCard;
  }
}
