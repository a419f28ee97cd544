import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { confirm } from "../../components/dialogs/confirm.ts";
import { queriedList, showMore } from "../../components/lists/queried-list.ts";
import {
  type ClaimCodePage,
  type ClaimCodeResource,
  listClaimCodes,
  type MadeClaimCodes,
  revokeClaimCode,
} from "../../data/onboarding.ts";
import { hasAccounts } from "../../state/accounts.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayOnboard } from "../../state/session.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { onboardingList } from "../../styles/onboarding-list.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/onboarding/onboarding-sections.ts";
import "../../components/basic/time.ts";
import { CODE_LOOKS, CODE_STATES } from "./looks.ts";
import { showMakeDialog } from "./make-dialog.ts";
import "./print-sheet.ts";
import "../../components/people/by.ts";

const PAGE = 100;
const MAX_CODES = 1_000;

@customElement("fl-claim-codes-page")
export class ClaimCodesPage extends LitElement {
  static override styles = [base, buttons, cards, fields, pages, listPages, onboardingList];

  @state() private search = "";
  @state() private chosenState: ClaimCodeResource["state"] | "" = "";
  @state() private limit = PAGE;
  @state() private made: MadeClaimCodes | undefined;
  readonly #list = new Query<object, ClaimCodePage>(this, {
    args: () => ({
      search: this.search,
      limit: this.limit,
      ...(this.chosenState !== "" && { state: this.chosenState }),
    }),
    load: (query, signal) => listClaimCodes(query, signal),
    keep: true,
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => ({ topic: "claimCodes" }),
      () => this.#list.reload(),
    );
  }

  protected override render() {
    const { made } = this;
    if (made)
      return html`<fl-print-sheet .made=${made} @done=${() => {
        this.made = undefined;
      }}></fl-print-sheet>`;
    return html`<header class="page-head">
        <h1>Claim codes</h1>
        ${
          mayOnboard()
            ? html`<span class="end"><button class="button primary" @click=${this.#make}><fl-icon name="plus"></fl-icon>Make codes</button></span>`
            : nothing
        }
      </header>
      <fl-onboarding-sections here=${paths.claimCodes}></fl-onboarding-sections>
      <section class="card" aria-label="Claim codes">${this.#filters()} ${this.#content()}</section>`;
  }

  #filters() {
    return html`<div class="filters">
      <select aria-label="State" @change=${this.#choose}>
        <option value="">Any state</option>
        ${CODE_STATES.map((name) => html`<option value=${name} .selected=${name === this.chosenState}>${CODE_LOOKS[name].text}</option>`)}
      </select>
      <input
        type="search"
        aria-label="Filter by batch, device or serial number"
        placeholder="Batch, device or serial number"
        autocomplete="off"
        .value=${this.search}
        @input=${this.#filter}
      />
    </div>`;
  }

  #content() {
    const isFiltered = this.search !== "" || this.chosenState !== "";
    const empty = html`<fl-empty icon="key" heading="No claim codes yet">
      A code is printed on a device or its box. Whoever enters it gets the device.
      ${mayOnboard() ? html`<button slot="action" class="button primary" @click=${this.#make}>Make codes</button>` : nothing}
    </fl-empty>`;
    const { items = [], total = 0 } = this.#list.data ?? {};
    return html`${queriedList({
      query: this.#list,
      empty: isFiltered ? undefined : empty,
      noun: "code",
      label: "Claim codes",
      key: ({ id }) => id,
      item: (item) => this.#item(item),
    })}
    ${showMore(total > items.length && this.limit < MAX_CODES, () => {
      this.limit = MAX_CODES;
    })}`;
  }

  #item(code: ClaimCodeResource) {
    const { batch, number, state: now, device, serial, expiresAt, claimedBy, claimedFor, updatedAt } = code;
    const { text, tone, icon } = CODE_LOOKS[now];
    const canRevoke = mayOnboard() && now !== "revoked" && now !== "used";
    return html`<li>
      <div class="what">
        <h2>${batch} ${number}</h2>
        <span class="facts">
          ${device === undefined ? nothing : now === "used" ? html`<a href=${paths.device(device)}>${device}</a>` : html`<span>${device}</span>`}
          ${serial === undefined ? nothing : html`<span>serial ${serial}</span>`}
          ${claimedBy === undefined ? nothing : html`<span>claimed by <fl-by by=${claimedBy}></fl-by>${hasAccounts() ? ` for ${claimedFor}` : ""}</span>`}
          ${expiresAt === undefined || now === "used" ? nothing : html`<span>expires <fl-time at=${expiresAt}></fl-time></span>`}
        </span>
      </div>
      <div class="state">
        <fl-badge tone=${tone} .icon=${icon}>${text}</fl-badge>
        <span class="facts"><fl-time at=${updatedAt}></fl-time></span>
        ${
          canRevoke
            ? html`<button class="button small" aria-label="Revoke ${batch} ${number}" @click=${() => this.#revoke(code)}>Revoke</button>`
            : nothing
        }
      </div>
    </li>`;
  }

  readonly #choose = (event: Event): void => {
    this.chosenState = (event.target as HTMLSelectElement).value as ClaimCodeResource["state"] | "";
  };

  readonly #filter = (event: Event): void => {
    this.search = (event.target as HTMLInputElement).value.trim();
  };

  readonly #make = async (): Promise<void> => {
    this.made = await showMakeDialog();
    this.#list.reload();
  };

  async #revoke({ id, batch, number }: ClaimCodeResource): Promise<void> {
    const body = "Nobody can claim with the code any more, and no device is let in by it. This cannot be undone.";
    if (!(await confirm({ heading: `Revoke code ${batch} ${number}?`, body, action: "Revoke code" }))) return;
    try {
      await revokeClaimCode(id);
      notify("good", `Code ${batch} ${number} is revoked`);
      this.#list.reload();
    } catch (thrown) {
      notifyError("The code could not be revoked", thrown);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-claim-codes-page": ClaimCodesPage;
  }
}
