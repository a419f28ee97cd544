import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { TextFilter, TextFilterChange } from "../../components/fields/text-filter.ts";
import { filterBars } from "../../styles/filters.ts";
import { base, fields } from "../../styles/shared.ts";
import { type Filters, NO_FILTERS, ORDERS } from "./filters.ts";
import "../../components/fields/text-filter.ts";

/** Filters and order of the page Updates. Event `filter` (Partial<Filters>). */
@customElement("fl-updates-filter-bar")
export class UpdatesFilterBar extends LitElement {
  static override styles = [
    base,
    fields,
    filterBars,
    css`
      select {
        flex: 0 1 auto;
        width: auto !important;
        min-width: 5rem;
        max-width: 13rem;
      }
      @media (max-width: 47.99rem) {
        :host {
          display: grid;
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
        select {
          width: 100% !important;
          max-width: none;
        }
        .wide {
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  @property({ attribute: false }) filters: Filters = NO_FILTERS;
  @property({ attribute: false }) models: readonly string[] = [];
  @property({ attribute: false }) groups: readonly string[] = [];
  /** Names of packages to choose from. */
  @property({ attribute: false }) packages: readonly string[] = [];

  override focus(): void {
    this.renderRoot.querySelector<TextFilter>("fl-text-filter")?.focus();
  }

  protected override render() {
    const { search, package: name, sort } = this.filters;
    return html`<fl-text-filter
        class="wide"
        live
        keys="/"
        label="Search devices"
        .value=${search}
        @filter=${(event: CustomEvent<TextFilterChange>) => this.#filter({ search: event.detail.text })}
      ></fl-text-filter>
      <fl-text-filter
        icon="artifact"
        label="Package"
        .value=${name}
        .suggestions=${this.packages}
        @filter=${(event: CustomEvent<TextFilterChange>) => this.#filter({ package: event.detail.text })}
      ></fl-text-filter>
      ${this.#choice("model", "Model", "Any model", this.models)} ${this.#choice("group", "Group", "Any group", this.groups)}
      <select aria-label="Order" @change=${(event: Event) => this.#filter({ sort: chosenIn(event) as Filters["sort"] })}>
        ${Object.entries(ORDERS).map(([key, text]) => html`<option value=${key} .selected=${key === sort}>${text}</option>`)}
      </select>`;
  }

  #choice(name: "model" | "group", label: string, any: string, known: readonly string[]) {
    const value = this.filters[name];
    const values = value === "" || known.includes(value) ? known : [value, ...known];
    return html`<select
      class=${value ? "on" : ""}
      aria-label=${label}
      @change=${(event: Event) => this.#filter({ [name]: chosenIn(event) })}
    >
      <option value="" .selected=${value === ""}>${any}</option>
      ${values.map((one) => html`<option value=${one} .selected=${one === value}>${one}</option>`)}
    </select>`;
  }

  #filter(patch: Partial<Filters>): void {
    this.dispatchEvent(new CustomEvent("filter", { detail: patch }));
  }
}

function chosenIn(event: Event): string {
  return (event.target as HTMLSelectElement).value;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-updates-filter-bar": UpdatesFilterBar;
  }
}
