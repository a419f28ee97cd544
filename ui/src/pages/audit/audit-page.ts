import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { download } from "../../components/basic/download.ts";
import { counted } from "../../components/text/numbers.ts";
import { type AuditEntry, type AuditPage, exportAudit, type ListAuditQuery, listAudit } from "../../data/audit.ts";
import { ERASED, erasedName } from "../../data/people.ts";
import { callerName, personNames } from "../../state/person-names.ts";
import { Query } from "../../state/query.ts";
import { StoreController } from "../../state/store.ts";
import { notifyError } from "../../state/toasts.ts";
import { UrlState } from "../../state/url-state.ts";
import { WatchController } from "../../state/watch.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { callerOf, changedBy, type NamedLink } from "./entry-links.ts";
import { type Filters, filterFormat, queryOf } from "./filters.ts";
import { auditStyles } from "./styles.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/loading.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/time.ts";
import "./filter-bar.ts";

const PAGE = 100;
const MOST = 1_000;

@customElement("fl-audit-page")
export class AuditPageElement extends LitElement {
  static override styles = [base, buttons, cards, pages, listPages, auditStyles];

  @state() private limit = PAGE;
  @state() private exporting = false;
  readonly #url = new UrlState<Filters>(this, filterFormat);
  readonly #list = new Query<ListAuditQuery, AuditPage>(this, {
    args: () => ({ ...queryOf(this.#url.value), limit: this.limit }),
    load: (query, signal) => listAudit(query, signal),
    keep: true,
  });

  constructor() {
    super();
    new StoreController(this, personNames);
    new WatchController(
      this,
      () => ({ topic: "audit" }),
      () => this.#list.reload(),
    );
  }

  protected override render() {
    return html`<header class="page-head">
        <h1>Audit</h1>
        <span class="end">
          <button class="button" ?disabled=${this.exporting} @click=${this.#export}>
            ${this.exporting ? "Exporting…" : "Export as CSV"}
          </button>
        </span>
      </header>
      <section class="card" aria-label="Entries">
        <div class="filters">
          <fl-audit-filter-bar
            .filters=${this.#url.value}
            .people=${(this.#list.data?.items ?? []).flatMap(({ by }) => by ?? [])}
            @filter=${(event: CustomEvent<Partial<Filters>>) => this.#url.set(event.detail)}
          ></fl-audit-filter-bar>
        </div>
        ${this.#content()}
      </section>`;
  }

  #content() {
    const { data, error } = this.#list;
    const retry = () => this.#list.reload();
    if (error && !data) return html`<fl-error .error=${error} @retry=${retry}></fl-error>`;
    if (!data) return html`<fl-loading></fl-loading>`;
    const { items, total, next } = data;
    return html`<div class="line">
        <span role="status">${counted(total, "entry", "entries")}</span>
        ${data.refusals === "unavailable" ? html`<span>Refusals and sign-ins can't be read now.</span>` : nothing}
      </div>
      ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing}
      <ul aria-label="Entries">
        ${repeat(
          items,
          ({ kind, seq }) => `${kind} ${seq}`,
          (item) => this.#item(item),
        )}
      </ul>
      ${this.#more(items.length, next)}`;
  }

  #more(shown: number, next: string | null) {
    if (next === null) return nothing;
    if (this.limit >= MOST)
      return html`<p class="more">These are the newest ${shown.toLocaleString()}. Filter or export to see older ones.</p>`;
    return html`<p class="more">
      <button
        class="button"
        @click=${() => {
          this.limit = MOST;
        }}
      >
        Show more
      </button>
    </p>`;
  }

  #item(entry: AuditEntry) {
    const { kind, at, action, event, address, account } = entry;
    return html`<li>
      <fl-time at=${at}></fl-time>
      <span class="who">${this.#who(entry)}</span>
      <span class="what">
        ${kind === "refusal" ? html`<fl-badge tone="danger" icon="ban">Refused</fl-badge>` : nothing}
        <button class="link" title="Show only ${action}" @click=${() => this.#url.set({ action })}>${action}</button>
        ${event === "SecondFactorNotGiven" ? html`<fl-badge tone="danger" icon="ban">Second factor missing</fl-badge>` : nothing}
        ${event === "RefreshTokenReused" ? html`<fl-badge tone="danger" icon="ban">Copied?</fl-badge>` : nothing}
        ${kind !== "refusal" && event !== action ? html`<span class="quiet">${event}</span>` : nothing}
        ${kind === "sign-in" ? html`<span class="quiet">${signInText(entry)}</span>` : nothing}
        ${kind === "refusal" ? html`<span class="quiet">${refusedText(entry)}</span>` : nothing}
      </span>
      <span class="target">
        ${link(changedBy(entry))}
        ${account === undefined || account === "main" ? nothing : html`<span class="quiet">in ${account}</span>`}
      </span>
      <code class="address">${address ?? "–"}</code>
    </li>`;
  }

  #who({ by, name, device }: AuditEntry) {
    if (by === undefined) return html`<span class="quiet">${device === undefined ? "Unknown caller" : "Device"}</span>`;
    const caller = callerOf(by);
    if (caller !== undefined) return link(caller);
    const shown = name === undefined ? callerName(by) : name === ERASED ? erasedName(by) : name;
    const title = `Show only what ${shown === name ? name : by} did`;
    return html`<button class="link" title=${title} @click=${() => this.#url.set({ by })}>${shown}</button>`;
  }

  readonly #export = async (): Promise<void> => {
    this.exporting = true;
    try {
      download("audit.csv", "text/csv", await exportAudit(queryOf(this.#url.value)));
    } catch (error) {
      notifyError("The audit could not be exported", error);
    }
    this.exporting = false;
  };
}

const WAYS: Readonly<Record<NonNullable<AuditEntry["way"]>, string>> = {
  password: "by password",
  passkey: "by passkey",
  "open-id": "by OpenID",
  token: "by token or link",
};

function link(named: NamedLink | undefined) {
  if (named?.href === undefined) return named?.text;
  return html`<a href=${named.href} title=${named.id ?? nothing}>${named.text}</a>`;
}

function signInText({ way, secondFactor, call, count = 1 }: AuditEntry): string {
  const factor = secondFactor === undefined ? "" : ` and ${secondFactor}`;
  const what = way === undefined ? call : `${WAYS[way]}${factor}`;
  return count > 1 ? `${what} (${count.toLocaleString()} times)` : (what ?? "");
}

function refusedText({ code, cause, call, count = 1 }: AuditEntry): string {
  const what = [call, cause ?? code].filter((part) => part !== undefined).join(": ");
  return count > 1 ? `${what} (${count.toLocaleString()} times)` : what;
}
