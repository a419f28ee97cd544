import { html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { concernsOf } from "../../components/devices/concerns.ts";
import { gatewayBadge } from "../../components/devices/state-badge.ts";
import { threeDigits } from "../../components/text/numbers.ts";
import { type GatewayResource, getSystem, getTrends, type SystemResource } from "../../data/system.ts";
import { now } from "../../state/clock.ts";
import { Query } from "../../state/query.ts";
import { sessionInfo } from "../../state/session.ts";
import { StoreController } from "../../state/store.ts";
import { WatchController } from "../../state/watch.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { gatewaysStyles } from "./styles.ts";
import { connectionsOf, isCounted, Trends } from "./trends.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/time.ts";
import "./gateway-card.ts";
import "./processes-card.ts";
import "./streams-card.ts";

@customElement("fl-gateways-page")
export class GatewaysPage extends LitElement {
  static override styles = [base, buttons, cards, pages, gatewaysStyles];

  readonly #trends = new Trends();
  #begun = false;
  readonly #now = new StoreController(this, now);
  readonly #system = new Query<"system", SystemResource>(this, {
    args: () => "system",
    load: async (_, signal) => {
      // Trends are read before the system, so that no heartbeat in between is missing. Without an answer, trends begin
      // empty.
      if (!this.#begun) this.#trends.begin(await getTrends(signal).catch(() => []));
      this.#begun = true;
      return getSystem(signal);
    },
    loaded: ({ gateways }) => this.#trends.take(gateways),
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => ({ topic: "system" }),
      () => this.#system.reload(),
    );
  }

  protected override render() {
    const { data, error } = this.#system;
    const retry = () => this.#system.reload();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${retry}></fl-error>`;
    const head = (text: string) => html`<header class="page-head">
      <h1>Gateways</h1>
      <span class="quiet" role=${data ? nothing : "status"}>${text}</span>
    </header>`;
    // Everything appears at once, so that nothing moves later.
    if (!data) return head("Loading…");
    const { gateways, streams, projectors, reactors, historians = [], nats } = data;
    gateways.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    const running = gateways.filter(({ status }) => status === "running");
    const gone = gateways.filter(({ status }) => status !== "running");
    return html`${head(summary(running))}
      ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing} ${this.#concerns(data)}
      <div class="nodes">${this.#nodes(running)}</div>
      <div class="below">
        <fl-streams-card .streams=${streams} .nats=${nats}></fl-streams-card>
        <fl-processes-card
          .projectors=${projectors}
          .reactors=${reactors}
          .historians=${historians}
        ></fl-processes-card>
      </div>
      ${gone.length > 0 ? this.#gone(gone) : nothing}`;
  }

  #concerns(system: SystemResource) {
    const concerns = concernsOf(system, this.#now.value);
    return html`<div class="concerns" role="status" ?hidden=${concerns.length === 0}>
      ${concerns.map(
        ({ tone, text, advice }) => html`<div class="concern ${tone}">
          <fl-icon .name=${tone === "danger" ? "alert" : "warning"}></fl-icon>
          <p><strong>${text}.</strong> ${advice}</p>
        </div>`,
      )}
    </div>`;
  }

  #nodes(running: readonly GatewayResource[]) {
    const mine = sessionInfo()?.gateway ?? "";
    return repeat(
      running,
      ({ name, incarnation }) => `${name} ${incarnation}`,
      (gateway) => html`<fl-gateway-card
        .gateway=${gateway}
        .trend=${this.#trends.of(gateway)}
        ?mine=${gateway.name === mine}
      ></fl-gateway-card>`,
    );
  }

  #gone(gone: readonly GatewayResource[]) {
    return html`<section class="card gone" aria-labelledby="gone">
      <div class="card-head"><h2 id="gone">Not running</h2></div>
      <ul>
        ${gone.map(
          ({ name, status, since, version }) => html`<li>
            <h3>${name}</h3>
            ${gatewayBadge(status)}
            <span class="quiet">${status === "lost" ? "its lease lapsed" : "released its lease"} <fl-time at=${since}></fl-time></span>
            ${version ? html`<span class="end faint">${version}</span>` : nothing}
          </li>`,
        )}
      </ul>
    </section>`;
  }
}

function summary(running: readonly GatewayResource[]): string {
  const connections = running.reduce((sum, { live }) => sum + (live ? connectionsOf(live) : 0), 0);
  if (running.some(({ live }) => live && !isCounted(live))) return `${threeDigits(running.length)} running`;
  return `${threeDigits(running.length)} running, ${threeDigits(connections)} ${connections === 1 ? "device" : "devices"} connected`;
}
