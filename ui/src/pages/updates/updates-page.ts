import { css, html, LitElement, nothing } from "lit";
import { customElement, query } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { counted } from "../../components/text/numbers.ts";
import { showScanDialog } from "../../components/updates/scan-dialog.ts";
import { troubleStyles, updateStyles } from "../../components/updates/updates.ts";
import { type CataloguePage, listCatalogues } from "../../data/catalogues.ts";
import { listGroups } from "../../data/configuration.ts";
import { fleetSummary } from "../../data/devices.ts";
import type { ApiError } from "../../data/problem.ts";
import { listScans, type ScanPage } from "../../data/scans.ts";
import { type ListUpdatesQuery, listUpdates, type UpdatesPage } from "../../data/updates.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayScan } from "../../state/session.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { notify } from "../../state/toasts.ts";
import { UrlState } from "../../state/url-state.ts";
import { WatchController } from "../../state/watch.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { nothingCompared } from "./empty.ts";
import type { UpdatesFilterBar } from "./filter-bar.ts";
import { type Filters, filterFormat, isFiltered, NO_FILTERS, PAGE_SIZE, toQuery } from "./filters.ts";
import { sharedFailures, sharedFailuresNote } from "./shared-failures.ts";
import { updatesRow } from "./updates-row.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/loading.ts";
import "../../components/basic/notice.ts";
import "../../components/updates/scan-progress.ts";
import "../../components/basic/time.ts";
import "../../components/updates/updates-sections.ts";
import "./filter-bar.ts";
import "./state-filter.ts";

interface Choices {
  readonly models: readonly string[];
  readonly groups: readonly string[];
}

/** What is available for each device. */
@customElement("fl-updates-page")
export class FleetUpdatesPage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    pages,
    listPages,
    updateStyles,
    troubleStyles,
    css`
      .trouble {
        margin: 0 var(--space-4) var(--space-3);
      }
      .list > li {
        display: grid;
        grid-template-columns: minmax(12rem, 18rem) minmax(0, 1fr);
        gap: var(--space-2) var(--space-4);
        padding: var(--space-3) var(--space-4);
        border-top: 1px solid var(--border);
      }
      .device {
        display: grid;
        align-content: start;
        justify-items: start;
        gap: var(--space-1);
        min-width: 0;
        overflow-wrap: anywhere;
      }
      h2 {
        font-size: var(--size);
      }
      .device .small {
        color: var(--text-faint);
        font-size: var(--size-small);
      }
      .running {
        display: grid;
        gap: var(--space-2);
        padding: var(--space-3) var(--space-4);
      }
      .pager {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: flex-end;
        gap: var(--space-2) var(--space-3);
        padding: var(--space-3) var(--space-4);
        border-top: 1px solid var(--border);
      }
      @media (pointer: coarse) {
        h2 a {
          display: inline-flex;
          align-items: center;
          min-width: var(--control);
          min-height: var(--control);
        }
      }
      @media (max-width: 47.99rem) {
        .list > li {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @query("fl-updates-filter-bar") private readonly bar!: UpdatesFilterBar | null;
  readonly #packages = new Set<string>(["firmware"]);
  readonly #url = new UrlState<Filters>(this, filterFormat);
  readonly #updates = new Query<ListUpdatesQuery, UpdatesPage>(this, {
    args: () => toQuery(this.#url.value),
    load: listUpdates,
    keep: true,
    loaded: ({ items }) => {
      for (const { updates } of items) for (const one of updates) this.#packages.add(one.package);
    },
  });
  readonly #scans = new Query<1, ScanPage>(this, { args: () => 1, load: listScans, keep: true });
  readonly #choices = new Query<"choices", Choices>(this, {
    args: () => "choices",
    load: async (_, signal) => {
      const [{ models }, { items }] = await Promise.all([fleetSummary(signal), listGroups(signal)]);
      return { models: models.map(({ value }) => value), groups: [...new Set(items.map(({ name }) => name))] };
    },
  });
  readonly #catalogues = new Query<"catalogues", CataloguePage>(this, {
    args: () => (mayScan() ? "catalogues" : undefined),
    load: (_, signal) => listCatalogues(signal),
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => ({ topic: "updates" }),
      () => {
        this.#updates.reload();
        this.#scans.reload();
      },
    );
    const group = "Updates";
    new Shortcuts(this, [{ keys: "/", does: "Search devices", group, run: () => this.bar?.focus() }]);
  }

  protected override render() {
    const { data, error } = this.#updates;
    const { value } = this.#url;
    const isBare = data?.total === 0 && !this.#hasCatalogues && !isFiltered(value);
    return html`<header class="page-head">
        <h1>Updates</h1>
        <span class="quiet">${this.#lastScan()}</span>
        ${
          mayScan() && this.#hasCatalogues
            ? html`<span class="end"
                ><button class="button primary" @click=${this.#start}><fl-icon name="refresh"></fl-icon>Scan…</button></span
              >`
            : nothing
        }
      </header>
      <fl-updates-sections here=${paths.updates}></fl-updates-sections>
      ${isBare ? html`<section class="card" aria-label="Devices">${this.#empty(data)}</section>` : this.#content(data, error)}`;
  }

  #content(data: UpdatesPage | undefined, error: ApiError | undefined) {
    const { models = [], groups = [] } = this.#choices.data ?? {};
    const { value } = this.#url;
    return html`${this.#running()}
      <fl-update-states
        .counts=${data?.byState}
        .state=${value.state}
        @state=${({ detail }: CustomEvent<Filters["state"]>) => this.#filter({ state: detail })}
      ></fl-update-states>
      <section class="card" aria-label="Devices">
        <fl-updates-filter-bar
          class="filters"
          .filters=${value}
          .models=${models}
          .groups=${groups}
          .packages=${[...this.#packages].sort()}
          @filter=${({ detail }: CustomEvent<Partial<Filters>>) => this.#filter(detail)}
        ></fl-updates-filter-bar>
        ${this.#line(data)}
        ${error ? html`<fl-error ?inline=${data !== undefined} .error=${error} @retry=${() => this.#updates.reload()}></fl-error>` : nothing}
        ${data ? this.#list(data) : error ? nothing : html`<fl-loading></fl-loading>`}
      </section>`;
  }

  /** Also true for people who may not see catalogues: for them the page assumes that there is one. */
  get #hasCatalogues(): boolean {
    return this.#catalogues.data?.total !== 0;
  }

  #lastScan() {
    const [newest] = this.#scans.data?.items ?? [];
    if (newest === undefined) return this.#scans.data ? "no scan yet" : nothing;
    return newest.endedAt === undefined
      ? "a scan is running"
      : html`last scan <fl-time at=${newest.endedAt}></fl-time>`;
  }

  #running() {
    const scan = this.#scans.data?.items.find((one) => one.state === "running");
    if (scan === undefined) return nothing;
    return html`<div class="card running"><fl-scan-progress .scan=${scan}></fl-scan-progress></div>`;
  }

  #line(data: UpdatesPage | undefined) {
    return html`<div class="line">
      <span role="status">${data ? counted(data.total, "device") : ""}</span>
      ${isFiltered(this.#url.value) ? html`<button class="link" @click=${this.#clear}>Clear filters</button>` : nothing}
    </div>`;
  }

  #list(page: UpdatesPage) {
    const { items, total } = page;
    if (total === 0) return this.#empty(page);
    if (items.length === 0)
      return html`<fl-empty icon="filter" heading="There is no such page">
        <button slot="action" class="button" @click=${() => this.#filter({ page: 1 })}>First page</button>
      </fl-empty>`;
    const shared = sharedFailures(items);
    return html`${sharedFailuresNote(shared, total === items.length)}
      <ul class="list" aria-label="Devices and their updates">
        ${repeat(
          items,
          ({ device }) => device,
          (one) => updatesRow(one, shared),
        )}
      </ul>
      ${this.#pager(total, items.length)}`;
  }

  #pager(total: number, shown: number) {
    if (total <= PAGE_SIZE) return nothing;
    const { page } = this.#url.value;
    const first = (page - 1) * PAGE_SIZE;
    return html`<nav class="pager" aria-label="Pages">
      <span class="quiet">${(first + 1).toLocaleString()} to ${(first + shown).toLocaleString()} of ${total.toLocaleString()}</span>
      <button class="button" ?disabled=${page === 1} @click=${() => this.#turn(page - 1)}>Previous page</button>
      <button class="button" ?disabled=${first + shown >= total} @click=${() => this.#turn(page + 1)}>Next page</button>
    </nav>`;
  }

  #empty({ byState }: UpdatesPage) {
    if (isFiltered(this.#url.value))
      return html`<fl-empty icon="filter" heading="No device matches">
        Try other filters. A package is matched by its whole name.
        <button slot="action" class="button" @click=${this.#clear}>Clear filters</button>
      </fl-empty>`;
    return nothingCompared({ hasCatalogues: this.#hasCatalogues, devices: byState.never ?? 0, start: this.#start });
  }

  #filter(patch: Partial<Filters>): void {
    const goesOn = patch.search !== undefined && this.#url.value.search !== "" && patch.search !== "";
    this.#url.set({ page: 1, ...patch }, goesOn ? "replace" : "push");
  }

  #turn(page: number): void {
    this.#url.set({ page });
    this.scrollIntoView?.({ block: "start" });
  }

  readonly #clear = (): void => {
    const { sort } = this.#url.value;
    this.#url.set({ ...NO_FILTERS, sort });
  };

  readonly #start = async (): Promise<void> => {
    const shown = (this.#updates.data?.items ?? []).map(({ device }) => device);
    if ((await showScanDialog({ shown })) === undefined) return;
    notify("good", "The scan has started");
    this.#scans.reload();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-updates-page": FleetUpdatesPage;
  }
}
