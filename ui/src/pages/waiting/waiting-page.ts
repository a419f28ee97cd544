import { html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { counted } from "../../components/text/numbers.ts";
import { listWaiting, type WaitingClient, type WaitingList } from "../../data/waiting.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { notify } from "../../state/toasts.ts";
import { onboardingList } from "../../styles/onboarding-list.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/loading.ts";
import "../../components/basic/notice.ts";
import "../../components/onboarding/onboarding-sections.ts";
import "../../components/basic/time.ts";
import { showAdmitDialog } from "./admit-dialog.ts";

/** The log has no events of waiting clients, so the page loads the list regularly. */
const RELOAD_MS = 2_000;

/** Clients that have sent no credential, and wait until somebody lets them in. */
@customElement("fl-waiting-page")
export class WaitingPage extends LitElement {
  static override styles = [base, buttons, cards, pages, listPages, onboardingList];

  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #list = new Query<object, WaitingList>(this, {
    args: () => ({}),
    load: (_, signal) => listWaiting(signal),
    keep: true,
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => this.#list.reload(), RELOAD_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  protected override render() {
    return html`<header class="page-head"><h1>Waiting clients</h1></header>
      <fl-onboarding-sections here=${paths.waiting}></fl-onboarding-sections>
      <section class="card" aria-label="Waiting clients">${this.#content()}</section>`;
  }

  #content() {
    const { data, error } = this.#list;
    const retry = () => this.#list.reload();
    if (error && !data) return html`<fl-error .error=${error} @retry=${retry}></fl-error>`;
    if (!data) return html`<fl-loading></fl-loading>`;
    const { items, total } = data;
    if (total === 0)
      return html`<fl-empty icon="hourglass" heading="Nobody waits">
        Edgebind programs send no credential. They wait here if their IP address is not that of a device.
      </fl-empty>`;
    return html`<div class="line"><span role="status">${counted(total, "client")}</span></div>
      ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing}
      <ul aria-label="Waiting clients">
        ${repeat(
          items,
          ({ id }) => id,
          (client) => this.#item(client, items),
        )}
      </ul>`;
  }

  #item(client: WaitingClient, all: readonly WaitingClient[]) {
    const { address, dialect, events, gateway, since } = client;
    const others = all.filter((one) => one.address === address).length - 1;
    return html`<li>
      <div class="what">
        <h2>${address}</h2>
        <span class="facts">
          <span>${dialect} on ${gateway}</span>
          <span>${events.length === 0 ? "has subscribed to nothing" : `listens to ${events.join(", ")}`}</span>
          ${others === 0 ? nothing : html`<span>${counted(others, "other client")} from there</span>`}
        </span>
      </div>
      <div class="state">
        <span class="facts"><span>for <fl-time at=${since} show="for"></fl-time></span></span>
        <button class="button small" aria-label="Let in ${address}" @click=${() => this.#admit(client)}>Let in</button>
      </div>
    </li>`;
  }

  async #admit(client: WaitingClient): Promise<void> {
    const device = await showAdmitDialog(client);
    if (device !== undefined) notify("good", `${client.address} is let in as ${device}`);
    this.#list.reload();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-waiting-page": WaitingPage;
  }
}
