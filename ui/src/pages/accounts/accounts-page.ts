import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { bytes, counted } from "../../components/text/numbers.ts";
import { type AccountList, type AccountResource, listAccounts } from "../../data/accounts.ts";
import { accounts } from "../../state/accounts.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { WatchController } from "../../state/watch.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { accountsStyles } from "./styles.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "./account-dialog.ts";

const LIMITS = [
  ["devices", (limit: number) => counted(limit, "device")],
  ["eventsPerMinute", (limit: number) => `${counted(limit, "event")} a minute`],
  ["bytesPerMinute", (limit: number) => `${bytes(limit)} a minute`],
] as const;

@customElement("fl-accounts-page")
export class AccountsPage extends LitElement {
  static override styles = [base, buttons, cards, pages, accountsStyles];

  @state() private edited: AccountResource | "new" | undefined;
  readonly #accounts = new Query<"accounts", AccountList>(this, {
    args: () => "accounts",
    load: (_, signal) => listAccounts(signal),
    loaded: ({ items }) => accounts.set(items),
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => ({ topic: "accounts" }),
      () => this.#accounts.reload(),
    );
  }

  protected override render() {
    const { data, error } = this.#accounts;
    const retry = () => this.#accounts.reload();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${retry}></fl-error>`;
    return html`<header class="page-head">
        <h1>Accounts</h1>
        <span class="quiet" role=${data ? nothing : "status"}>${data ? "" : "Loading…"}</span>
        <span class="end">
          <button class="button primary" ?disabled=${!data} @click=${() => this.#edit("new")}>
            <fl-icon name="plus"></fl-icon>New account
          </button>
        </span>
      </header>
      ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing}
      ${data?.signUpLimits ? html`<p class="quiet">Whoever signs up gets an account of their own with ${limitsText(data.signUpLimits)}.</p>` : nothing}
      ${data ? html`<ul class="card">${data.items.map((account) => this.#row(account))}</ul>` : nothing}
      ${
        this.edited === undefined
          ? nothing
          : html`<fl-account-dialog
            .account=${this.edited === "new" ? undefined : this.edited}
            @closed=${() => this.#edit(undefined)}
            @changed=${retry}
          ></fl-account-dialog>`
      }`;
  }

  #row(account: AccountResource) {
    const { id, name, devices, limits } = account;
    return html`<li>
      <div class="what">
        <h2>${name}</h2>
        <code>${id}</code>
      </div>
      <a href="${paths.fleet}?account=${encodeURIComponent(id)}">
        ${counted(devices, "device")}
      </a>
      <span class="quiet limits">${limitsText(limits)}</span>
      <button class="button" aria-label="Edit ${name}" @click=${() => this.#edit(account)}>
        <fl-icon name="edit"></fl-icon>Edit
      </button>
    </li>`;
  }

  #edit(account: AccountResource | "new" | undefined): void {
    this.edited = account;
  }
}

function limitsText(limits: AccountResource["limits"]): string {
  const shown = LIMITS.flatMap(([key, text]) => {
    const limit = limits[key];
    return limit === undefined ? [] : [`at most ${text(limit)}`];
  });
  return shown.length === 0 ? "no limits" : shown.join(", ");
}
