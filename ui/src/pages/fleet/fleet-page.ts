import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { counted } from "../../components/numbers.ts";
import { type DeviceOrder, type DeviceStatus, type FleetSummary, fleetSummary } from "../../data/devices.ts";
import { gatewayNow } from "../../state/clock.ts";
import { navigate } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { UrlState } from "../../state/url-state.ts";
import { WatchController } from "../../state/watch.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { keepColumns, keptColumns } from "./columns.ts";
import { DeviceList } from "./device-list.ts";
import type { DeviceTable } from "./device-table.ts";
import type { FilterBar } from "./filter-bar.ts";
import { FilteredCounts } from "./filtered-counts.ts";
import { type Filters, filterFormat, followsStatus, groupFilter, isFiltered, NO_FILTERS, toQuery } from "./filters.ts";
import { LiveRows } from "./live-rows.ts";
import type { NeedsAttention } from "./needs-attention.ts";
import "../../components/notice.ts";
import "../../components/group-dialog.ts";
import "./bulk-bar.ts";
import "./device-table.ts";
import "./filter-bar.ts";
import "./needs-attention.ts";
import "./status-counts.ts";

const MAX_SELECTED = 10_000;
/** Maximum age of the summary: some counts, such as failures in the last hour, change with time alone. */
const SUMMARY_MS = 60_000;

@customElement("fl-fleet-page")
export class FleetPage extends LitElement {
  static override styles = [base, buttons, cards, pages, listPages];

  @state() private columns = keptColumns();
  @state() private selected: ReadonlySet<string> = new Set();
  @state() private elsewhere: ReadonlySet<string> = new Set();
  @state() private collecting = false;
  @state() private saving = false;
  /** "Needs attention" has a new entry that is not shown yet, so that the list does not move. */
  @state() private waiting = false;
  @query("fl-device-table") private readonly table!: DeviceTable | null;
  @query("fl-needs-attention") private readonly strip!: NeedsAttention | null;
  @query("fl-filter-bar") private readonly bar!: FilterBar | null;
  readonly #url = new UrlState<Filters>(this, filterFormat);
  readonly #list = new DeviceList(this);
  readonly #live = new LiveRows(this, this.#list, () => this.table?.visible);
  #shown = "";
  #version = 0;
  #summarized = 0;
  readonly #summary = new Query<"fleet", FleetSummary>(this, {
    args: () => "fleet",
    load: (_, signal) => fleetSummary(signal),
    loaded: (summary) => {
      this.#summarized = Date.now();
      this.#live.summarized(summary, followsStatus(this.#url.value));
    },
  });

  readonly #counts = new FilteredCounts(this, () => this.#url.value);

  constructor() {
    super();
    new WatchController(
      this,
      () => ({ topic: "summary" }),
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
      { keys: "Escape", does: "Clear the selection", group, run: () => this.#clearSelection() },
    ]);
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    this.#version++;
    const shown = JSON.stringify(this.#url.value);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#list.show(toQuery(this.#url.value, gatewayNow()));
    void this.#findElsewhere();
  }

  async #findElsewhere(): Promise<void> {
    this.elsewhere = new Set();
    const shown = this.#shown;
    if (this.selected.size === 0 || !isFiltered(this.#url.value)) return;
    const members = await this.#list.members(MAX_SELECTED).catch(() => undefined);
    if (members === undefined || shown !== this.#shown) return;
    this.elsewhere = new Set([...this.selected].filter((id) => !members.has(id)));
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
        <span class="end"><a class="button primary" href=${paths.register}><fl-icon name="plus"></fl-icon>Register device</a></span>
      </header>
      <fl-status-counts
        .counts=${this.#counts.data ?? summary}
        ?filtered=${this.#counts.data !== undefined}
        status=${filters.status}
        @status=${(event: CustomEvent<DeviceStatus | "">) => this.#url.set({ status: event.detail })}
      ></fl-status-counts>
      <fl-needs-attention
        .summary=${summary}
        ?held=${this.#live.use.value}
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
        ></fl-filter-bar>
        <div @pointerenter=${this.#live.use.enter} @pointerleave=${this.#live.use.leave}>
          ${this.#line()} ${this.#content()} ${this.#bulk()}
        </div>
      </section>`;
  }

  #line() {
    const { total, stale, error } = this.#list;
    const count = total === undefined ? (error ? "" : "Loading…") : counted(total, "device");
    return html`<div class="line">
      <span role="status">${stale ? (error ? "" : "Searching…") : count}</span>
      ${this.#order()}
      ${isFiltered(this.#url.value) ? html`<button class="link" @click=${() => this.bar?.clear()}>Clear filters</button>` : nothing}
      ${this.#saveAsGroup()}
      ${
        this.#live.pending
          ? html`<button class="button small changed" @click=${() => this.#live.refresh()}>
            <fl-icon name="refresh"></fl-icon>The list has changed
          </button>`
          : nothing
      }
    </div>`;
  }

  #saveAsGroup() {
    const { type, group } = this.#url.value;
    const shown = [type && `Type ${type}`, group && `Group ${group}`].filter(Boolean).join(", ");
    const filter = groupFilter(this.#url.value);
    return html`${shown ? html`<span>${shown}</span>` : nothing}
      ${
        filter === undefined
          ? nothing
          : html`<button class="link" @click=${() => {
              this.saving = true;
            }}>Save as a group</button>`
      }
      ${
        this.saving && filter !== undefined
          ? html`<fl-group-dialog
              .filter=${filter}
              @closed=${() => {
                this.saving = false;
              }}
            ></fl-group-dialog>`
          : nothing
      }`;
  }

  #order() {
    if (this.#list.total === undefined || this.#list.total < 2 || this.#url.value.status === "retired") return nothing;
    const { sort } = NO_FILTERS;
    return this.#url.value.sort === sort
      ? html`<span class="order">What is wrong comes first</span>`
      : html`<button class="link" @click=${() => this.#url.set({ sort })}>Sort by what is wrong</button>`;
  }

  #content() {
    const { total, error } = this.#list;
    if (error && total === undefined) return html`<fl-error .error=${error} @retry=${this.#retry}></fl-error>`;
    if (total === 0) return this.#empty();
    return html`${error ? html`<fl-error inline .error=${error} @retry=${this.#retry}></fl-error>` : nothing}
      <fl-device-table
        .list=${this.#list}
        .columns=${this.columns}
        .sort=${this.#url.value.sort}
        .selected=${this.selected}
        .fresh=${this.#live.fresh}
        .version=${this.#version}
        @sort=${(event: CustomEvent<DeviceOrder>) => this.#url.set({ sort: event.detail })}
        @select=${this.#select}
        @sight=${() => this.#live.sighted()}
        @keyboardmove=${() => this.#live.use.acted()}
      ></fl-device-table>`;
  }

  #bulk() {
    if (this.selected.size === 0) return nothing;
    return html`<fl-bulk-bar
      .selected=${this.selected}
      .elsewhere=${this.elsewhere}
      .total=${this.#list.total ?? 0}
      ?collecting=${this.collecting}
      @keep=${(event: CustomEvent<readonly string[]>) => {
        this.#chosen(event.detail);
      }}
      @clear=${this.#clearSelection}
      @all=${this.#selectAll}
    ></fl-bulk-bar>`;
  }

  #empty() {
    if (isFiltered(this.#url.value)) {
      return html`<fl-empty icon="filter" heading="No device matches">
        Try fewer words or filters.
        <button slot="action" class="button" @click=${() => this.#url.set(NO_FILTERS)}>Clear all filters</button>
      </fl-empty>`;
    }
    return html`<fl-empty icon="device" heading="No devices yet">
      Register your first device: you get its token and a snippet that connects it.
      <a slot="action" class="button primary" href=${paths.register}>Register a device</a>
    </fl-empty>`;
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

  readonly #select = (event: CustomEvent<{ ids: readonly string[]; on: boolean }>): void => {
    const next = new Set(this.selected);
    for (const id of event.detail.ids) event.detail.on ? next.add(id) : next.delete(id);
    this.#chosen(next);
  };

  readonly #stale = (): void => {
    if (Date.now() > this.#summarized + SUMMARY_MS) this.#summary.reload();
  };

  readonly #retry = (): void => {
    this.#list.show(toQuery(this.#url.value, gatewayNow()));
  };

  readonly #clearSelection = (): void => this.#chosen([]);

  #chosen(ids: Iterable<string>): void {
    this.selected = new Set(ids);
    this.elsewhere = new Set([...this.elsewhere].filter((id) => this.selected.has(id)));
  }

  readonly #selectAll = async (): Promise<void> => {
    this.collecting = true;
    try {
      const ids = await this.#list.collect(MAX_SELECTED);
      this.#chosen(ids);
      if (ids.length === MAX_SELECTED && (this.#list.total ?? 0) > MAX_SELECTED)
        notify("info", `The first ${MAX_SELECTED.toLocaleString()} are selected`, {
          detail: "More can't be handled at once.",
        });
    } catch (error) {
      notifyError("Not all could be selected", error);
    }
    this.collecting = false;
  };

  #open(): void {
    const id = this.table?.current?.id;
    if (id !== undefined) navigate(paths.device(id));
  }
}
