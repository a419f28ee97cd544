import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { fromLocal, toLocal } from "../../components/text/local-time.ts";
import { filterBars } from "../../styles/filters.ts";
import { base, fields } from "../../styles/shared.ts";
import { type Filters, NO_FILTERS, PERIODS } from "./filters.ts";
import "../../components/fields/spelled-span.ts";

const BETWEEN = "between";

/** Filters by time of issue: a period until now, or between two times. Event `filter` (Partial<Filters>). */
@customElement("fl-time-filter")
export class TimeFilter extends LitElement {
  static override styles = [
    base,
    fields,
    filterBars,
    css`
      :host {
        flex: 0 1 auto;
      }
      select {
        width: auto !important;
      }
      label {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        color: var(--text-quiet);
      }
      label input {
        width: auto !important;
      }
      @media (max-width: 47.99rem) {
        :host,
        label {
          flex: 1 1 100%;
        }
        select,
        label input {
          flex: 1;
          width: 100% !important;
        }
        label span {
          flex: 0 0 2.5rem;
        }
      }
    `,
  ];

  @property({ attribute: false }) filters: Filters = NO_FILTERS;
  @state() private open = false;

  protected override render() {
    const { period, since, until } = this.filters;
    const between = period === "" && (since !== "" || until !== "" || this.open);
    return html`<select class=${period || between ? "on" : ""} aria-label="Issued" @change=${this.#choose}>
        <option value="" .selected=${period === "" && !between}>Issued any time</option>
        ${Object.entries(PERIODS).map(
          ([key, { text }]) => html`<option value=${key} .selected=${key === period}>${text}</option>`,
        )}
        <option value=${BETWEEN} .selected=${between}>Issued between…</option>
      </select>
      ${
        between
          ? html`${this.#moment("since", "From", since)} ${this.#moment("until", "to", until)}
              <fl-spelled-span .from=${since} .to=${until}></fl-spelled-span>`
          : nothing
      }`;
  }

  #moment(name: "since" | "until", text: string, value: string) {
    return html`<label
      ><span>${text}</span
      ><input
        type="datetime-local"
        aria-label=${name === "since" ? "Issued from" : "Issued before"}
        .value=${toLocal(value)}
        @change=${(event: Event) => this.#filter({ [name]: fromLocal((event.target as HTMLInputElement).value) })}
    /></label>`;
  }

  readonly #choose = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    this.open = value === BETWEEN;
    this.#filter({ period: value === BETWEEN ? "" : (value as Filters["period"]), since: "", until: "" });
  };

  #filter(patch: Partial<Filters>): void {
    this.dispatchEvent(new CustomEvent("filter", { detail: patch }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-time-filter": TimeFilter;
  }
}
