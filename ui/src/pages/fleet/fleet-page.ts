import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { pastError } from "../../components/time-control/past-error.ts";
import type { TimeControl } from "../../components/time-control/time-control.ts";
import { type DeviceOrder, type DeviceStatus, type FleetSummary, fleetSummary } from "../../data/devices.ts";
import { type Moment, pastSummary } from "../../data/history.ts";
import { gatewayNow } from "../../state/clock.ts";
import { navigate } from "../../state/location.ts";
import { inPast, Past } from "../../state/past.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayReadHistory } from "../../state/session.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { UrlState } from "../../state/url-state.ts";
import { WatchController } from "../../state/watch.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import type { NeedsAttention } from "./attention/needs-attention.ts";
import type { FilterBar } from "./filters/filter-bar.ts";
import { FilteredCounts } from "./filters/filtered-counts.ts";
import {
  type Filters,
  filterFormat,
  followsStatus,
  isFiltered,
  isRelative,
  NO_FILTERS,
  toQuery,
} from "./filters/filters.ts";
import { keepColumns, keptColumns } from "./list/columns.ts";
import { DeviceList } from "./list/device-list.ts";
import type { DeviceTable } from "./list/device-table.ts";
import { emptyList } from "./list/empty-list.ts";
import { LiveRows } from "./list/live-rows.ts";
import { Selection } from "./list/selection.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/time-control/time-control.ts";
import "./bulk/bulk-bar.ts";
import "./list/device-table.ts";
import "./filters/filter-bar.ts";
import "./filters/list-line.ts";
import "./attention/needs-attention.ts";
import "./filters/status-counts.ts";

/** Maximum age of the summary: some counts, such as failures in the last hour, change with time alone. */
const SUMMARY_MS = 60_000;

@customElement("fl-fleet-page")
export class FleetPage extends LitElement {
  static override styles = [base, buttons, cards, pages, listPages];

  @state() private columns = keptColumns();
  /** "Needs attention" has a new entry that is not shown yet, so that the list does not move. */
  @state() private waiting = false;
  @query("fl-device-table") private readonly table!: DeviceTable | null;
  @query("fl-needs-attention") private readonly strip!: NeedsAttention | null;
  @query("fl-filter-bar") private readonly bar!: FilterBar | null;
  @query("fl-time-control") private readonly time!: TimeControl | null;
  readonly #past = new Past(this, () => paths.fleet);
  readonly #url = new UrlState<Filters>(this, filterFormat);
  readonly #list = new DeviceList(this);
  readonly #selection = new Selection(this, this.#list);
  readonly #live = new LiveRows(
    this,
    this.#list,
    () => this.table?.visible,
    () => this.#isPast,
  );
  #shown = "";
  #version = 0;
  #summarized = 0;
  readonly #summary = new Query<{ readonly at: string | undefined }, FleetSummary & Partial<Moment>>(this, {
    args: () => ({ at: this.#past.at }),
    load: ({ at }, signal) => (at === undefined ? fleetSummary(signal) : pastSummary(at, signal)),
    keep: true,
    loaded: (summary) => {
      this.#summarized = Date.now();
      this.#past.answered(summary.at);
      this.#live.summarized(summary, followsStatus(this.#url.value));
    },
  });

  readonly #counts = new FilteredCounts(this, () => this.#url.value, this.#past);

  constructor() {
    super();
    new WatchController(
      this,
      () => (this.#isPast ? undefined : { topic: "summary" }),
      () => {
        this.#summary.reload();
        this.#counts.changed();
      },
    );
    const group = "Fleet";
    new Shortcuts(this, [
      { keys: "/", does: "Search", group, run: () => this.bar?.focus() },
      { keys: "j", does: "Next device", group, run: () => this.table?.step(1) },
      { keys: "k", does: "Previous device", group, run: () => this.table?.step(-1) },
      { keys: "o", does: "Open the device", group, run: () => this.#open() },
      { keys: "x", does: "Select the device", group, run: () => this.table?.toggleCurrent() },
      { keys: "u", does: "Update the list", group, run: () => this.#live.refresh() },
      { keys: "Escape", does: "Clear the selection", group, run: () => this.#selection.clear() },
    ]);
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    this.#version++;
    const { at, time } = this.#past;
    const filters = this.#url.value;
    const shown = JSON.stringify([filters, at, at !== undefined && isRelative(filters) && time]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#show();
    void this.#selection.findElsewhere(isFiltered(filters));
  }

  get #isPast(): boolean {
    return this.#past.at !== undefined;
  }

  #show(): void {
    const { at, time } = this.#past;
    this.#list.show({ ...toQuery(this.#url.value, time ?? gatewayNow()), ...(at !== undefined && { at }) });
  }

  protected override render() {
    const filters = this.#url.value;
    const summary = this.#summary.data;
    return html`<header class="page-head">
        <h1>Fleet</h1>
        ${
          this.waiting
            ? html`<button
              class="button small changed"
              @click=${() => this.strip?.show()}
              @pointerenter=${this.#live.use.enter}
              @pointerleave=${this.#live.use.leave}
            >
              <fl-icon name="warning"></fl-icon>Something needs attention
            </button>`
            : nothing
        }
        <span class="end">${this.#actions()}</span>
      </header>
      <fl-time-control
        .ends=${summary?.gatewayEnds ?? []}
        .moment=${momentOf(summary)}
        ?busy=${this.#isPast && (this.#summary.loading || this.#list.stale)}
        .error=${this.#isPast ? this.#summary.error : undefined}
      ></fl-time-control>
      <fl-status-counts
        .counts=${this.#counts.data ?? summary}
        ?filtered=${this.#counts.data !== undefined}
        status=${filters.status}
        @status=${(event: CustomEvent<DeviceStatus | "">) => this.#url.set({ status: event.detail })}
      ></fl-status-counts>
      <fl-needs-attention
        .summary=${summary}
        ?held=${this.#live.use.value}
        ?past=${this.#isPast}
        @waiting=${(event: CustomEvent<boolean>) => {
          this.waiting = event.detail;
        }}
        @stale=${this.#stale}
      ></fl-needs-attention>
      <section class="card" aria-label="Devices">
        <fl-filter-bar
          class="filters"
          .filters=${filters}
          .summary=${summary}
          .columns=${this.columns}
          @filter=${this.#filter}
          @columns=${this.#chooseColumns}
          @found=${() => this.table?.step(0)}
        ></fl-filter-bar>
        <div @pointerenter=${this.#live.use.enter} @pointerleave=${this.#live.use.leave}>
          <fl-list-line
            .list=${this.#list}
            .version=${this.#version}
            .filters=${filters}
            ?pending=${this.#live.pending}
            ?past=${this.#isPast}
            @filter=${this.#filter}
            @clear=${() => this.bar?.clear()}
            @refresh=${() => this.#live.refresh()}
          ></fl-list-line>
          ${this.#content()} ${this.#bulk()}
        </div>
      </section>`;
  }

  #actions() {
    return html`${
      mayReadHistory() && !this.#isPast
        ? html`<button class="button" aria-keyshortcuts="t" title="See the fleet as of an earlier time" @click=${() => this.time?.show()}>
            <fl-icon name="history"></fl-icon>Look back
          </button>`
        : nothing
    }
    ${
      this.#isPast
        ? html`<button class="button primary" disabled title="Off in the past">
            <fl-icon name="plus"></fl-icon>Register device
          </button>`
        : html`<a class="button primary" href=${paths.register}><fl-icon name="plus"></fl-icon>Register device</a>`
    }`;
  }

  #content() {
    const { total, error, stale } = this.#list;
    // In the past, stale rows belong to another moment, so an error replaces them.
    const isWrong = stale && this.#isPast;
    if (error && this.#isPast && (total === undefined || isWrong)) return pastError(error, this.#retry);
    if (error && total === undefined) return html`<fl-error .error=${error} @retry=${this.#retry}></fl-error>`;
    if (total === 0) {
      const filtered = isFiltered(this.#url.value);
      return emptyList({ filtered, past: this.#isPast, clear: () => this.#url.set(NO_FILTERS) });
    }
    return html`${error ? html`<fl-error inline .error=${error} @retry=${this.#retry}></fl-error>` : nothing}
      <fl-device-table
        .list=${this.#list}
        .columns=${this.columns}
        .sort=${this.#url.value.sort}
        .selected=${this.#selection.ids}
        .fresh=${this.#live.fresh}
        .version=${this.#version}
        @sort=${(event: CustomEvent<DeviceOrder>) => this.#url.set({ sort: event.detail })}
        @select=${({ detail }: CustomEvent<{ ids: readonly string[]; on: boolean }>) => this.#selection.toggle(detail.ids, detail.on)}
        @visiblerows=${() => this.#live.visibleChanged()}
        @keyboardmove=${() => this.#live.use.acted()}
      ></fl-device-table>`;
  }

  #bulk() {
    const { ids, elsewhere, collecting } = this.#selection;
    if (ids.size === 0) return nothing;
    return html`<fl-bulk-bar
      .selected=${ids}
      .elsewhere=${elsewhere}
      .total=${this.#list.total ?? 0}
      .at=${this.#past.at}
      ?collecting=${collecting}
      @keep=${(event: CustomEvent<readonly string[]>) => this.#selection.choose(event.detail)}
      @clear=${this.#selection.clear}
      @all=${this.#selection.all}
    ></fl-bulk-bar>`;
  }

  readonly #filter = (event: CustomEvent<Partial<Filters>>): void => {
    // One history entry for a whole search: Back removes the search instead of single letters.
    const goesOn = Object.keys(event.detail).join() === "search" && this.#url.value.search !== "";
    this.#url.set(event.detail, goesOn ? "replace" : "push");
  };

  readonly #chooseColumns = (event: CustomEvent<readonly string[]>): void => {
    this.columns = event.detail;
    keepColumns(this.columns);
  };

  readonly #stale = (): void => {
    if (!this.#isPast && Date.now() > this.#summarized + SUMMARY_MS) this.#summary.reload();
  };

  readonly #retry = (): void => this.#show();

  #open(): void {
    const id = this.table?.current?.id;
    if (id !== undefined) navigate(inPast(paths.device(id)));
  }
}

/** The moment of an answer of the past. */
function momentOf({ at, seq }: Partial<Moment> = {}): Moment | undefined {
  return at === undefined || seq === undefined ? undefined : { at, seq };
}
