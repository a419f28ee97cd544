import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { TextFilterChange } from "../../components/fields/text-filter.ts";
import { counted } from "../../components/text/numbers.ts";
import { type AllPeople, listPeople, type PersonResource } from "../../data/people.ts";
import { signUpInfo } from "../../data/session.ts";
import { accounts, hasAccounts } from "../../state/accounts.ts";
import { Query } from "../../state/query.ts";
import { session } from "../../state/session.ts";
import { StoreController } from "../../state/store.ts";
import { notify } from "../../state/toasts.ts";
import { UrlState } from "../../state/url-state.ts";
import { WatchController } from "../../state/watch.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import { type Filters, filterFormat, matching } from "./filters.ts";
import { showPersonLink } from "./link.ts";
import { showPersonDialog } from "./person-dialog.ts";
import { peopleStyles } from "./styles.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/fields/text-filter.ts";
import "./person-row.ts";

const SHOWN = 200;
const STATE_NAMES: Readonly<Record<Filters["state"], string>> = {
  present: "Everybody with access",
  invited: "Not confirmed yet",
  active: "Confirmed",
  ended: "Ended",
  all: "All states",
};

@customElement("fl-people-page")
export class PeoplePage extends LitElement {
  static override styles = [base, buttons, cards, fields, pages, listPages, peopleStyles];

  @state() private shown = SHOWN;
  readonly #url = new UrlState<Filters>(this, filterFormat);
  readonly #people = new Query<"people", AllPeople>(this, {
    args: () => "people",
    load: (_, signal) => listPeople(signal),
  });
  readonly #signUp = new Query(this, { args: () => "sign-up", load: () => signUpInfo() });

  constructor() {
    super();
    new StoreController(this, accounts);
    new StoreController(this, session);
    new WatchController(
      this,
      () => ({ topic: "people" }),
      () => this.#people.reload(),
    );
  }

  protected override render() {
    const { data, error } = this.#people;
    const retry = () => this.#people.reload();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${retry}></fl-error>`;
    return html`<header class="page-head">
        <h1>People</h1>
        <span class="quiet" role=${data ? nothing : "status"}>${data ? "" : "Loading…"}</span>
        <span class="end">
          <button class="button primary" ?disabled=${!data || !this.#signUp.data} @click=${this.#invite}>
            <fl-icon name="plus"></fl-icon>Invite
          </button>
        </span>
      </header>
      <section class="card" aria-label="People">
        ${this.#filters()} ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing}
        ${data ? this.#list(data) : nothing}
      </section>`;
  }

  #filters() {
    const { search, state: chosen, account } = this.#url.value;
    return html`<div class="filters bar">
      <fl-text-filter
        live
        label="Search people"
        .value=${search}
        @filter=${(event: CustomEvent<TextFilterChange>) => this.#filter({ search: event.detail.text }, "replace")}
      ></fl-text-filter>
      <select aria-label="State" @change=${(event: Event) => this.#filter({ state: chosenIn(event) as Filters["state"] })}>
        ${Object.entries(STATE_NAMES).map(([value, text]) => html`<option value=${value} .selected=${value === chosen}>${text}</option>`)}
      </select>
      ${
        hasAccounts()
          ? html`<select aria-label="Account" @change=${(event: Event) => this.#filter({ account: chosenIn(event) })}>
              <option value="" .selected=${account === ""}>All accounts</option>
              ${accounts.value.map(({ id, name }) => html`<option value=${id} .selected=${id === account}>${name}</option>`)}
            </select>`
          : nothing
      }
    </div>`;
  }

  #list({ items, total }: AllPeople) {
    const found = matching(items, this.#url.value);
    const missing = total - items.length;
    return html`<div class="line">
        <span role="status">${counted(found.length, "person", "people")}</span>
        ${missing > 0 ? html`<span>The newest ${missing.toLocaleString()} are not searched.</span>` : nothing}
      </div>
      ${
        found.length === 0
          ? html`<fl-empty icon="user" heading=${items.length === 0 ? "No people yet" : "Nobody matches"}>
              ${items.length === 0 ? "Invite the people who work with this fleet." : "Change the search or the filters."}
            </fl-empty>`
          : nothing
      }
      <ul aria-label="People">
        ${repeat(
          found.slice(0, this.shown),
          ({ id }) => id,
          (person) =>
            html`<li><fl-person-row .person=${person} @changed=${() => this.#people.reload()}></fl-person-row></li>`,
        )}
      </ul>
      ${found.length > this.shown ? html`<p class="more"><button class="button" @click=${this.#showMore}>Show more</button></p>` : nothing}`;
  }

  #filter(patch: Partial<Filters>, how?: "replace"): void {
    this.shown = SHOWN;
    this.#url.set(patch, how);
  }

  readonly #showMore = (): void => {
    this.shown += SHOWN;
  };

  readonly #invite = async (): Promise<void> => {
    const mail = this.#signUp.data?.mail === true;
    const invited: PersonResource | undefined = await showPersonDialog(undefined, mail);
    if (invited === undefined) return;
    this.#people.reload();
    if (mail) notify("good", `An invitation is on its way to ${invited.email}`);
    else await showPersonLink(invited);
  };
}

function chosenIn(event: Event): string {
  return (event.target as HTMLSelectElement).value;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-people-page": PeoplePage;
  }
}
