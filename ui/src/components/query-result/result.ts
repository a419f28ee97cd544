import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { MOST_ROWS, type QueryResult } from "../../data/sql.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import { counted } from "../text/numbers.ts";
import { cellText, shownPart } from "./cells.ts";
import { chartable, seriesOf } from "./series.ts";
import "../basic/icon.ts";
import "./chart.ts";

const NO_ROWS: QueryResult = { columns: [], rows: [], truncated: false };
const NUMBER = /INT|DOUBLE|FLOAT|DECIMAL/;

/** An answer: its chart, if it has one, and its rows. */
@customElement("fl-query-result")
export class QueryResultView extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    fields,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-4);
      }
      .lacks {
        display: flex;
        gap: var(--space-3);
        padding: var(--space-3) var(--space-4);
        border: 1px solid var(--warning-mark);
        border-radius: var(--radius-large);
        background: var(--warning-tint);
        color: var(--warning-text);
        overflow-wrap: anywhere;
      }
      .lacks fl-icon {
        margin-top: 0.1rem;
        color: var(--warning-mark);
      }
      .card-head select {
        width: auto;
      }
      .scroll {
        max-height: 32rem;
        overflow: auto;
        border-radius: 0 0 var(--radius-large) var(--radius-large);
        outline-offset: -2px;
      }
      table {
        min-width: 100%;
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        max-width: 28rem;
        padding: var(--space-1) var(--space-3);
        border-bottom: 1px solid var(--border);
        text-align: left;
        vertical-align: top;
        white-space: nowrap;
      }
      td {
        overflow: hidden;
        text-overflow: ellipsis;
      }
      th {
        position: sticky;
        top: 0;
        background: var(--surface);
        font-weight: 500;
      }
      th small {
        display: block;
        color: var(--text-faint);
        font-size: var(--size-tiny);
        font-weight: 400;
      }
      .n {
        text-align: right;
      }
      .null {
        color: var(--text-faint);
        font-style: italic;
      }
    `,
  ];

  @property({ attribute: false }) result: QueryResult = NO_ROWS;
  /** Hides the columns' types, because the rows are not from a database. */
  @property({ type: Boolean }) untyped = false;
  @state() private charted: number | undefined;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("result")) this.charted = chartable(this.result)[0];
  }

  protected override render() {
    const { rows, columns, truncated, missing } = this.result;
    const shown = shownPart(columns.length, rows.length);
    return html`${missing === undefined ? nothing : missingNote(missing)} ${this.#chart()}
      <section class="card" aria-label="Rows">
        <header class="card-head">
          <h2>${truncated ? `The first ${counted(rows.length, "row")}; there are more` : counted(rows.length, "row")}</h2>
        </header>
        ${
          truncated
            ? html`<p class="card-body">
                A download has all rows, up to ${MOST_ROWS.toLocaleString()}. Without ORDER BY, rows have no fixed order.
              </p>`
            : nothing
        }
        ${
          shown.columns < columns.length || shown.rows < rows.length
            ? html`<p class="card-body">
                Shown are ${counted(shown.rows, "row")} with ${counted(shown.columns, "column")} of ${columns.length}.
              </p>`
            : nothing
        }
        ${rows.length === 0 ? html`<p class="card-body quiet">No row matches.</p>` : this.#table(shown)}
      </section>`;
  }

  #chart() {
    const { columns } = this.result;
    const choices = chartable(this.result);
    const { charted } = this;
    if (charted === undefined) return nothing;
    const name = columns[charted]?.name ?? "";
    return html`<section class="card" aria-label="Chart">
      <header class="card-head">
        <h2>${name} by ${columns[0]?.name}</h2>
        ${
          choices.length > 1
            ? html`<select class="end" aria-label="Column of the chart" @change=${this.#choose}>
                ${choices.map((one) => html`<option value=${one} .selected=${one === charted}>${columns[one]?.name}</option>`)}
              </select>`
            : nothing
        }
      </header>
      <div class="card-body"><fl-query-chart .series=${seriesOf(this.result, charted)} what=${name}></fl-query-chart></div>
    </section>`;
  }

  #table(shown: { readonly columns: number; readonly rows: number }) {
    const columns = this.result.columns.slice(0, shown.columns);
    const numeric = columns.map(({ type }) => NUMBER.test(type) && !type.endsWith("[]"));
    return html`<div class="scroll" role="region" aria-label="Table of the rows" tabindex="0">
      <table>
        <thead>
          <tr>
            ${columns.map(({ name, type }, index) => html`<th scope="col" class=${numeric[index] ? "n" : ""}>${name}${this.untyped ? nothing : html`<small>${type}</small>`}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${this.result.rows.slice(0, shown.rows).map(
            (row) =>
              html`<tr>
                ${row.slice(0, shown.columns).map((value, index) => {
                  const text = cellText(value);
                  return html`<td class="${numeric[index] ? "n" : ""} ${value === null ? "null" : ""}" title=${text.length > 40 ? text : nothing}>${text}</td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  readonly #choose = (event: Event): void => {
    this.charted = Number((event.target as HTMLSelectElement).value);
  };
}

function missingNote({ events, ranges }: NonNullable<QueryResult["missing"]>) {
  const named = ranges.map(({ from, to }) => `#${from.toLocaleString()} to #${to.toLocaleString()}`).join(", ");
  return html`<p class="lacks" role="note">
    <fl-icon name="warning"></fl-icon>
    <span>
      <strong>The answer can lack telemetry.</strong> ${counted(events, "report")} (${named}) cannot be read: files of the
      archive are missing or damaged.
    </span>
  </p>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-query-result": QueryResultView;
  }
}
