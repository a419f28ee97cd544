import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { provisionLooks } from "../../components/devices/looks.ts";
import { provisionBadge } from "../../components/devices/state-badge.ts";
import { queriedList, showMore } from "../../components/lists/queried-list.ts";
import {
  listProvisionRequests,
  PROVISION_STATES,
  type ProvisionRequestPage,
  type ProvisionRequestResource,
} from "../../data/provisioning.ts";
import { hasAccounts } from "../../state/accounts.ts";
import { navigate } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayOnboard } from "../../state/session.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { UrlState } from "../../state/url-state.ts";
import { WatchController } from "../../state/watch.ts";
import { onboardingList } from "../../styles/onboarding-list.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import { type Filters, filterFormat, queryOf } from "./filters.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/onboarding/onboarding-sections.ts";
import "../../components/basic/time.ts";
import { showRequestDialog } from "../../components/request-dialog/request-dialog.ts";
import { provisionRequestsStyles } from "./styles.ts";

const PAGE = 100;
const MAX_REQUESTS = 1_000;

@customElement("fl-provision-requests-page")
export class ProvisionRequestsPage extends LitElement {
  static override styles = [base, buttons, cards, fields, pages, listPages, onboardingList, provisionRequestsStyles];

  @state() private limit = PAGE;
  readonly #url = new UrlState<Filters>(this, filterFormat);
  readonly #list = new Query<object, ProvisionRequestPage>(this, {
    args: () => ({ ...queryOf(this.#url.value), limit: this.limit }),
    load: (query, signal) => listProvisionRequests(query, signal),
    keep: true,
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => ({ topic: "provisionRequests" }),
      () => this.#list.reload(),
    );
    const group = "Onboarding";
    const filter = () => this.renderRoot.querySelector<HTMLInputElement>("[type=search]")?.focus();
    new Shortcuts(this, [
      { keys: "/", does: "Filter the requests", group, run: filter },
      { keys: "n", does: "New provision request", group, run: () => void this.#create() },
    ]);
  }

  protected override render() {
    return html`<header class="page-head">
        <h1>Provision requests</h1>
        ${
          mayOnboard()
            ? html`<span class="end"
                ><button class="button primary" @click=${this.#create}><fl-icon name="plus"></fl-icon>New request</button></span
              >`
            : nothing
        }
      </header>
      <fl-onboarding-sections here=${paths.provisionRequests}></fl-onboarding-sections>
      <section class="card" aria-label="Provision requests">${this.#filters()} ${this.#content()}</section>`;
  }

  #filters() {
    const { state: chosen, search } = this.#url.value;
    const option = (value: string, text: string) =>
      html`<option value=${value} .selected=${value === chosen}>${text}</option>`;
    return html`<div class="filters">
      <select class=${chosen ? "on" : ""} aria-label="State" @change=${this.#choose}>
        ${option("", "Any state")} ${option("open", "Open")} ${option("ended", "Ended")}
        ${PROVISION_STATES.map((name) => option(name, provisionLooks[name].text))}
      </select>
      <input
        class=${search ? "on" : ""}
        type="search"
        aria-label="Filter by name, client id or user name"
        placeholder="Name, client id or user name"
        autocomplete="off"
        spellcheck="false"
        .value=${search}
        @input=${this.#search}
      />
    </div>`;
  }

  #content() {
    const { items = [], total = 0 } = this.#list.data ?? {};
    return html`${queriedList({
      query: this.#list,
      empty: this.#empty(),
      noun: "request",
      label: "Provision requests",
      key: ({ id }) => id,
      item: (item) => this.#item(item),
    })}
    ${
      total > items.length && items.length >= MAX_REQUESTS
        ? html`<p class="more quiet">Older requests are found by the filters.</p>`
        : showMore(total > items.length, () => {
            this.limit = MAX_REQUESTS;
          })
    }`;
  }

  #empty() {
    const { state: chosen, search } = this.#url.value;
    if (chosen !== "" || search !== "")
      return html`<fl-empty icon="plug" heading="No request matches">
        <button slot="action" class="button" @click=${() => this.#url.set({ state: "", search: "" })}>Remove the filters</button>
      </fl-empty>`;
    return html`<fl-empty icon="plug" heading="No provision requests yet">
      A request lets one new device in. The device gets its own credential, its configuration and its software.
    </fl-empty>`;
  }

  #item(request: ProvisionRequestResource) {
    const {
      id,
      state: now,
      clientId,
      userName,
      account,
      device,
      tries,
      maxRetries,
      error,
      reason,
      updatedAt,
    } = request;
    const why = error?.message ?? (reason === "expired" ? "It has expired." : "");
    return html`<li>
      <div class="what">
        <h2><a href=${paths.provisionRequest(id)}>${device.name ?? clientId}</a></h2>
        <span class="facts"
          ><span>client id ${clientId}, user name ${userName}</span>${device.id === clientId ? nothing : html`<span>becomes ${device.id}</span>`}${
            hasAccounts() ? html`<span>account ${account}</span>` : nothing
          }</span
        >
        ${why === "" ? nothing : html`<span class="why">${why}</span>`}
      </div>
      <div class="state">
        ${provisionBadge(now)}
        <span class="facts">${tries > 1 ? html`<span>try ${tries} of ${maxRetries + 1}</span>` : nothing}<fl-time at=${updatedAt}></fl-time></span>
      </div>
    </li>`;
  }

  readonly #choose = (event: Event): void => {
    this.#url.set({ state: (event.target as HTMLSelectElement).value as Filters["state"] });
  };

  readonly #search = (event: Event): void => {
    this.#url.set({ search: (event.target as HTMLInputElement).value.trim() }, "replace");
  };

  readonly #create = async (): Promise<void> => {
    if (!mayOnboard()) return;
    const id = await showRequestDialog();
    if (id !== undefined) navigate(paths.provisionRequest(id));
  };
}
