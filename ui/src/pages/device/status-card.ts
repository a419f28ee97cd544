import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { sentence } from "../../components/basic/notice.ts";
import { deviceBadge } from "../../components/devices/state-badge.ts";
import type { DeviceDetail, DeviceStatus, Evidence } from "../../data/devices.ts";
import { paths } from "../../state/paths.ts";
import { base, cardHost, cards, stacked } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/time.ts";

const HINTS: Readonly<Record<DeviceStatus, string>> = {
  connected: "",
  disconnected: "Commands wait for it until their deadline.",
  "never-connected":
    "It has not connected since it was registered. A token is shown only once: if nobody has it, an operator can make a new one under Credentials. Commands wait for the device until their deadline.",
  retired: "Its credentials no longer work. Its history is kept; the id can be registered again.",
};

function credential({ by, issuer, serial }: NonNullable<NonNullable<DeviceDetail["session"]>["credential"]>) {
  if (by === "token") return "Its token";
  if (by === "login") return "Its log-in";
  if (by === "admission") return "Let in by hand, for this session only";
  return html`Certificate <span class="mono">${serial}</span> of ${issuer}`;
}

@customElement("fl-status-card")
export class StatusCard extends LitElement {
  static override styles = [
    base,
    cardHost,
    cards,
    stacked,
    css`
      .now {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
      }
      .refused {
        display: flex;
        gap: var(--space-2);
        overflow-wrap: anywhere;
      }
      .refused fl-icon {
        flex: none;
        margin-top: 0.15em;
        color: var(--warning-mark);
      }
      h3 {
        color: var(--text-faint);
        font-size: var(--size-small);
        font-weight: 500;
      }
      ol {
        display: grid;
        gap: var(--space-2);
        padding-left: var(--space-3);
        border-left: 2px solid var(--border-strong);
      }
      ol li {
        display: grid;
        overflow-wrap: anywhere;
      }
      small {
        color: var(--text-faint);
        font-size: var(--size-small);
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        align-items: baseline;
        gap: var(--space-1) var(--space-4);
        padding-top: var(--space-3);
        border-top: 1px solid var(--border);
      }
      dt {
        color: var(--text-faint);
      }
      dd {
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) device!: DeviceDetail;

  protected override render() {
    const { status, since, evidence } = this.device;
    const hint =
      status === "never-connected" && this.device.dialect !== undefined
        ? "The device has not connected yet. Commands wait for it until their deadline."
        : HINTS[status];
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Status</h2></div>
      <div class="card-body">
        <p class="now">${deviceBadge(status)} <span class="quiet">for <fl-time at=${since} show="for"></fl-time></span></p>
        ${hint ? html`<p class="quiet">${hint}</p>` : nothing}
        ${
          evidence.length > 0
            ? html`<h3>Because</h3>
              <ol>
                ${evidence.map((one) => this.#evidence(one))}
              </ol>`
            : nothing
        }
        ${this.#refused()} ${this.#login()} ${this.#session()}
      </div>
    </section>`;
  }

  #evidence({ says, time, type, seq }: Evidence) {
    return html`<li>
      <span>${sentence(says)}</span>
      <small><fl-time at=${time} show="full"></fl-time> · ${type} <span class="number">#${seq}</span></small>
    </li>`;
  }

  #login() {
    const { dialect, login } = this.device;
    if (dialect === undefined) return nothing;
    const { account, clientId, userName, address, shared } = login ?? {};
    const shown = [
      ["Dialect", dialect],
      ["Account", account],
      ["Client id", clientId],
      ["User name", userName],
      ["Log-in address", shared === true ? `${address}, which several clients share: each is let in by hand` : address],
    ].filter(([, value]) => value !== undefined);
    return html`<dl>
      ${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
    </dl>`;
  }

  #refused() {
    const { lastRefused } = this.device;
    if (lastRefused === undefined) return nothing;
    const { cause, at, address, count } = lastRefused;
    return html`<p class="refused">
      <fl-icon name="warning"></fl-icon>
      <span
        >Last refused: ${cause}, <fl-time at=${at}></fl-time>, from <span class="mono">${address}</span>${
          count > 1 ? html` (${count.toLocaleString()} times)` : nothing
        }</span
      >
    </p>`;
  }

  #session() {
    const { session } = this.device;
    if (session === undefined) return nothing;
    return html`<dl>
      <dt>Gateway</dt>
      <dd><a href=${paths.gateways}>${session.gateway}</a></dd>
      <dt>Protocol</dt>
      <dd>${session.version ?? session.protocol}</dd>
      ${session.address ? html`<dt>Address</dt><dd class="mono">${session.address}</dd>` : nothing}
      <dt>Session</dt>
      <dd class="number">#${session.epoch}</dd>
      ${session.credential ? html`<dt>Opened by</dt><dd>${credential(session.credential)}</dd>` : nothing}
    </dl>`;
  }
}
