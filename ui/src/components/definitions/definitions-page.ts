import { html, LitElement, nothing, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { ApiError } from "../../data/problem.ts";
import { accounts, hasAccounts } from "../../state/accounts.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { StoreController } from "../../state/store.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { confirm } from "../dialogs/confirm.ts";
import { counted } from "../text/numbers.ts";
import { definitions } from "./definitions.ts";
import "../basic/icon.ts";
import "../basic/notice.ts";

/** A thing that people define by name within an account. */
export interface Definition {
  readonly name: string;
  readonly account: string;
  readonly devices: number;
}

/** The texts and calls of a page of definitions. */
export interface DefinitionWords<T> {
  readonly topic: "deviceTypes" | "groups";
  /** The word in texts such as "New type" and "3 types". */
  readonly noun: string;
  /** The words in texts such as "Delete the device type pump?". */
  readonly fullNoun: string;
  readonly heading: string;
  readonly filter: string;
  readonly deletion: string;
  list(signal: AbortSignal): Promise<{ readonly items: readonly T[]; readonly total: number }>;
  delete(definition: T): Promise<void>;
}

export abstract class DefinitionsPage<T extends Definition> extends LitElement {
  static override styles = [base, buttons, cards, pages, definitions];

  @state() protected edited: T | "new" | undefined;
  protected abstract readonly words: DefinitionWords<T>;
  readonly #all = new Query(this, { args: () => "all", load: (_, signal) => this.words.list(signal) });

  constructor() {
    super();
    new StoreController(this, accounts);
    new WatchController(
      this,
      () => ({ topic: this.words.topic }),
      () => this.#all.reload(),
    );
  }

  protected actions(): TemplateResult | typeof nothing {
    return nothing;
  }
  protected abstract empty(): TemplateResult;
  protected abstract about(definition: T): readonly unknown[];
  protected abstract dialog(edited: T | "new"): TemplateResult;

  protected readonly saved = (): void => this.#all.reload();
  protected readonly closed = (): void => {
    this.edited = undefined;
  };

  protected override render() {
    const { data, error } = this.#all;
    if (error && !data) return html`<fl-error alone .error=${error as ApiError} @retry=${this.saved}></fl-error>`;
    return html`<header class="page-head">
        <h1>${this.words.heading}</h1>
        <span class="quiet" role="status">${data ? counted(data.total, this.words.noun) : "Loading…"}</span>
        ${this.actions()}
      </header>
      ${data ? this.#list(data.items) : nothing} ${this.edited === undefined ? nothing : this.dialog(this.edited)}`;
  }

  #list(all: readonly T[]) {
    if (all.length === 0) return this.empty();
    return html`<section class="card" aria-label=${this.words.heading}>
      <ul class="definitions">
        ${repeat(
          all,
          ({ account, name }) => `${account}/${name}`,
          (one) => this.#row(one),
        )}
      </ul>
    </section>`;
  }

  #row(one: T) {
    const { name, account, devices } = one;
    const about = [hasAccounts() && `account ${account}`, ...this.about(one)].filter(Boolean);
    const fleet = new URLSearchParams({ [this.words.filter]: name, ...(hasAccounts() && { account }) });
    return html`<li>
      <h2>${name}</h2>
      <span class="about">${about.join(" · ")}</span>
      <a href="${paths.fleet}?${fleet}">${counted(devices, "device")}</a>
      <span class="end">
        <button class="button small" aria-label="Edit ${name}" @click=${() => {
          this.edited = one;
        }}>Edit</button>
        <button class="button small ghost icon" aria-label="Delete ${name}" @click=${() => this.#delete(one)}>
          <fl-icon name="trash"></fl-icon>
        </button>
      </span>
    </li>`;
  }

  async #delete(one: T): Promise<void> {
    const { fullNoun, deletion } = this.words;
    const heading = `Delete the ${fullNoun} ${one.name}?`;
    if (!(await confirm({ heading, body: deletion, action: `Delete ${one.name}` }))) return;
    try {
      await this.words.delete(one);
      notify("good", `${fullNoun.charAt(0).toUpperCase()}${fullNoun.slice(1)} ${one.name} is deleted`);
    } catch (error) {
      notifyError(`${one.name} was not deleted`, error);
    }
    this.#all.reload();
  }
}
