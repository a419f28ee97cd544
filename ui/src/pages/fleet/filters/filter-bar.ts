import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { chosen } from "../../../components/basic/menu.ts";
import { inLocalZone as moment } from "../../../components/text/times.ts";
import { UPDATE_LOOKS, UPDATE_STATES } from "../../../components/updates/update-looks.ts";
import type { FleetSummary } from "../../../data/devices.ts";
import { accounts, hasAccounts } from "../../../state/accounts.ts";
import { Typing } from "../../../state/typing.ts";
import { filterBars } from "../../../styles/filters.ts";
import { base, buttons, fields } from "../../../styles/shared.ts";
import { COLUMNS } from "../list/columns.ts";
import { type Filters, isFiltered, isTime, NO_FILTERS, SEEN } from "./filters.ts";
import "../../../components/basic/icon.ts";

/** Search, filters and columns. Events: `filter` (Partial<Filters>), `columns` (string[]), `found` (to the devices found). */
@customElement("fl-filter-bar")
export class FilterBar extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    filterBars,
    css`
      select {
        flex: 0 1 auto;
        width: auto !important;
        min-width: 5rem;
        max-width: 11rem;
      }
      .filters {
        display: contents;
      }
      .end {
        margin-left: auto;
      }
      .toggle {
        display: none;
      }
      @media (max-width: 47.99rem) {
        .toggle {
          display: inline-flex;
        }
        .filters {
          display: grid;
          grid-template-columns: repeat(2, minmax(0, 1fr));
          gap: var(--space-2);
          width: 100%;
        }
        .filters.closed {
          display: none;
        }
        select {
          width: 100% !important;
          max-width: none;
        }
        .end {
          display: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) filters: Filters = NO_FILTERS;
  @property({ attribute: false }) summary: FleetSummary | undefined;
  @property({ attribute: false }) columns: readonly string[] = [];
  @state() private open = false;
  @query("input") private readonly field!: HTMLInputElement;
  #requested = "";
  readonly #typing = new Typing(() => {
    this.#requested = this.field.value;
    this.#filter({ search: this.#requested });
  });

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#typing.stop();
  }

  override focus(): void {
    this.field.focus();
    this.field.select();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("filters")) return;
    const { search } = this.filters;
    // If this field requested the search, the field's text may be newer and stays.
    if (search === this.#requested) return;
    this.#typing.stop();
    this.#requested = search;
    this.field.value = search;
  }

  protected override render() {
    const { summary, filters } = this;
    const given = [filters.account, filters.tag, filters.model, filters.firmware, filters.update, filters.seen];
    const count = given.filter(Boolean).length;
    return html`<div class="text wide">
        <fl-icon name="search"></fl-icon>
        <input
          type="search"
          aria-label="Search devices"
          aria-keyshortcuts="/"
          placeholder="Search id, name, model, serial, tag"
          spellcheck="false"
          autocomplete="off"
          @input=${this.#typed}
          @keydown=${this.#key}
        />
      </div>
      <button
        class="button toggle"
        aria-expanded=${this.open}
        @click=${() => {
          this.open = !this.open;
        }}
      >
        <fl-icon name="filter"></fl-icon>Filters${count > 0 ? ` (${count})` : ""}
      </button>
      <div class="filters ${this.open ? "" : "closed"}">
      ${
        hasAccounts() || filters.account
          ? this.#facet(
              "account",
              "Any account",
              "Account",
              accounts.value.map(({ id, devices }) => ({ value: id, count: devices })),
            )
          : nothing
      }
      ${this.#facet("tag", "Any tag", "Tag", summary?.tags)} ${this.#facet("model", "Any model", "Model", summary?.models)}
      ${this.#facet("firmware", "Any firmware", "Firmware", summary?.firmwares)} ${this.#update()} ${this.#seen()}
      </div>
      <div class="end"><wa-dropdown placement="bottom-end" @wa-select=${this.#choose}>
        <button slot="trigger" class="button"><fl-icon name="columns"></fl-icon>Columns</button>
        ${COLUMNS.filter(({ key }) => key !== "id").map(
          ({ key, title }) =>
            html`<wa-dropdown-item type="checkbox" value=${key} .checked=${this.columns.includes(key)}>${title}</wa-dropdown-item>`,
        )}
      </wa-dropdown></div>`;
  }

  #facet(
    name: "account" | "tag" | "model" | "firmware",
    any: string,
    label: string,
    values: FleetSummary["tags"] = [],
  ) {
    const value = this.filters[name];
    const known = values.some((one) => one.value === value);
    // The counts are of the whole fleet, so they are shown only without filters.
    const counted = !isFiltered(this.filters);
    return html`<select
      class=${value ? "on" : ""}
      aria-label=${label}
      @change=${(event: Event) => this.#filter({ [name]: (event.target as HTMLSelectElement).value })}
    >
      <option value="" .selected=${value === ""}>${any}</option>
      ${value === "" || known ? nothing : html`<option value=${value} selected>${value}</option>`}
      ${values.map(
        (one) =>
          html`<option value=${one.value} .selected=${one.value === value}>${one.value}${counted ? ` (${one.count.toLocaleString()})` : ""}</option>`,
      )}
    </select>`;
  }

  #update() {
    const { update } = this.filters;
    return html`<select
      class=${update ? "on" : ""}
      aria-label="Updates"
      @change=${(event: Event) => this.#filter({ update: (event.target as HTMLSelectElement).value as Filters["update"] })}
    >
      <option value="" .selected=${update === ""}>Any updates</option>
      ${UPDATE_STATES.map((one) => html`<option value=${one} .selected=${one === update}>Updates: ${UPDATE_LOOKS[one][2]}</option>`)}
    </select>`;
  }

  #seen() {
    const { seen } = this.filters;
    return html`<select
      class=${seen ? "on" : ""}
      aria-label="Last seen"
      @change=${(event: Event) => this.#filter({ seen: (event.target as HTMLSelectElement).value })}
    >
      <option value="" .selected=${seen === ""}>Seen any time</option>
      ${isTime(seen) ? html`<option value=${seen} selected>Last seen ${moment(new Date(seen))}</option>` : nothing}
      ${Object.entries(SEEN).map(([key, { text }]) => html`<option value=${key} .selected=${key === seen}>${text}</option>`)}
    </select>`;
  }

  readonly #typed = (): void => {
    this.#typing.typed();
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      this.dispatchEvent(new Event("found"));
    }
    if (event.key !== "Escape") return;
    if (this.field.value === "") this.field.blur();
    else this.field.value = "";
    this.#typed();
  };

  clear(): void {
    this.#typing.stop();
    this.#requested = "";
    this.field.value = "";
    this.#filter({ ...NO_FILTERS, sort: this.filters.sort });
  }

  readonly #choose = (event: CustomEvent<{ item: { value: string } }>): void => {
    event.preventDefault();
    const key = chosen(event);
    const next = this.columns.includes(key) ? this.columns.filter((one) => one !== key) : [...this.columns, key];
    this.dispatchEvent(new CustomEvent("columns", { detail: next }));
  };

  #filter(patch: Partial<Filters>): void {
    this.dispatchEvent(new CustomEvent("filter", { detail: patch }));
  }
}
