import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, query } from "lit/decorators.js";
import type { Range } from "../../components/lists/row-window.ts";
import { counted } from "../../components/text/numbers.ts";
import { type ListCommandsQuery, listCommands } from "../../data/commands.ts";
import { gatewayNow } from "../../state/clock.ts";
import { InUse } from "../../state/in-use.ts";
import { navigate } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { sessionInfo } from "../../state/session.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { UrlState } from "../../state/url-state.ts";
import { WatchController } from "../../state/watch.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { CommandList } from "./command-list.ts";
import type { CommandTable } from "./command-table.ts";
import type { CommandFilterBar } from "./filter-bar.ts";
import { type Filters, filterFormat, isFiltered, NO_FILTERS, OPEN, toQuery } from "./filters.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "./command-table.ts";
import "./filter-bar.ts";

const endStyles = css`
  .end-of-it {
    padding: var(--space-3);
    color: var(--text-faint);
    font-size: var(--size-small);
    text-align: center;
  }
`;

@customElement("fl-commands-page")
export class CommandsPage extends LitElement {
  static override styles = [base, buttons, cards, pages, listPages, endStyles];

  @query("fl-command-table") private readonly table!: CommandTable | null;
  @query("fl-command-filter-bar") private readonly bar!: CommandFilterBar | null;
  readonly #url = new UrlState<Filters>(this, filterFormat);
  readonly #list = new CommandList(this);
  readonly #operators = new Set<string>();
  readonly #names = new Set<string>();
  /** The query is made only when the filters change, because the query for the last hour differs at each moment. */
  #asked = { filters: "", query: {} as ListCommandsQuery };
  readonly #open = new Query(this, {
    args: () => ({ ...this.#query(), state: [...OPEN] }),
    load: async (query, signal) => (await listCommands({ ...query, limit: 1 }, signal)).total,
    keep: true,
  });
  #version = 0;
  #scrolled = false;
  readonly #use = new InUse(this, () => this.#hold());

  constructor() {
    super();
    new WatchController(
      this,
      () => ({ topic: "commands" }),
      ({ keys }) => {
        this.#list.changed(keys);
        this.#open.reload();
      },
    );
    const group = "Commands";
    new Shortcuts(this, [
      { keys: "/", does: "Filter by device", group, run: () => this.bar?.focus() },
      { keys: "j", does: "Next command", group, run: () => this.table?.step(1) },
      { keys: "k", does: "Previous command", group, run: () => this.table?.step(-1) },
      { keys: "o", does: "Open the command", group, run: () => this.#go() },
      { keys: "u", does: "Show what is new", group, run: () => this.#release() },
    ]);
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    this.#version++;
    this.#hold();
    this.#list.show(this.#query());
    for (const { issuedBy, name } of this.#list.rows ?? []) {
      this.#operators.add(issuedBy);
      this.#names.add(name);
    }
    const me = sessionInfo()?.operator.id;
    if (me !== undefined) this.#operators.add(me);
  }

  #query(): ListCommandsQuery {
    const filters = JSON.stringify(this.#url.value);
    if (filters !== this.#asked.filters) this.#asked = { filters, query: toQuery(this.#url.value, gatewayNow()) };
    return this.#asked.query;
  }

  protected override render() {
    return html`<header class="page-head"><h1>Commands</h1></header>
      <section class="card" aria-label="Commands">
        <fl-command-filter-bar
          class="filters"
          .open=${this.#open.data}
          .filters=${this.#url.value}
          .operators=${[...this.#operators].sort()}
          .names=${[...this.#names].sort()}
          @filter=${this.#filter}
        ></fl-command-filter-bar>
        <div @pointerenter=${this.#use.enter} @pointerleave=${this.#use.leave}>${this.#line()} ${this.#content()}</div>
      </section>`;
  }

  #line() {
    const { total, stale, pending, error } = this.#list;
    const text =
      total !== undefined && !stale ? counted(total, "command") : error ? "" : stale ? "Searching…" : "Loading…";
    return html`<div class="line">
      <span role="status">${text}</span>
      ${isFiltered(this.#url.value) ? html`<button class="link" @click=${() => this.bar?.clear()}>Clear filters</button>` : nothing}
      ${
        pending === 0
          ? nothing
          : html`<button class="button small changed" @click=${this.#release}>
            <fl-icon name="refresh"></fl-icon>${pending > 0 ? `${pending} new` : "The list has changed"}
          </button>`
      }
    </div>`;
  }

  #content() {
    const { rows, error, stale, more, full } = this.#list;
    if (error && (rows === undefined || stale))
      return html`<fl-error .error=${error} @retry=${() => this.#list.retry()}></fl-error>`;
    if (rows?.length === 0 && !more && !stale) return this.#empty();
    return html`${error ? html`<fl-error inline .error=${error} @retry=${() => this.#list.retry()}></fl-error>` : nothing}
      <fl-command-table
        .list=${this.#list}
        .version=${this.#version}
        @visiblerows=${this.#visibleRows}
        @keyboardmove=${() => this.#use.acted()}
      ></fl-command-table>
      ${full ? html`<p class="end-of-it">These are the newest ${rows?.length.toLocaleString()}. Filter to see older ones.</p>` : nothing}`;
  }

  #empty() {
    if (isFiltered(this.#url.value)) {
      return html`<fl-empty icon="filter" heading="No command matches">
        Try fewer words or other filters. Who issued a command is found by name, or by the whole id.
        <button slot="action" class="button" @click=${() => this.#url.set(NO_FILTERS)}>Clear all filters</button>
      </fl-empty>`;
    }
    return html`<fl-empty icon="commands" heading="No commands yet">
      Open a device and send it a command. It is listed here.
      <a slot="action" class="button primary" href=${paths.fleet}>Choose a device</a>
    </fl-empty>`;
  }

  readonly #filter = ({ detail }: CustomEvent<Partial<Filters>>): void => {
    // One history entry for a whole search: Back removes the search instead of single letters.
    const { search, name } = this.#url.value;
    const goesOn = (search !== "" && detail.search) || (name !== "" && detail.name);
    this.#url.set(detail, goesOn ? "replace" : "push");
  };

  readonly #visibleRows = ({ detail }: CustomEvent<Range>): void => {
    this.#scrolled = detail.first > 0;
    this.#list.setVisible(detail);
    this.#hold();
  };

  readonly #release = (): void => {
    this.table?.toTop();
    this.#list.release();
  };

  #hold(): void {
    this.#list.hold(this.#use.value || this.#scrolled, () => this.table?.visible);
  }

  #go(): void {
    const id = this.table?.current?.id;
    if (id !== undefined) navigate(paths.command(id));
  }
}
