import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { QuerySchemaResource } from "../../data/sql.ts";
import { base, fields } from "../../styles/shared.ts";

/** The tables and their columns. Event `insert`: the text of a chosen name. */
@customElement("fl-sql-schema")
export class SqlSchema extends LitElement {
  static override styles = [
    base,
    fields,
    css`
      :host {
        display: grid;
        gap: var(--space-2);
      }
      summary {
        cursor: pointer;
      }
      .names {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-1);
        padding: var(--space-2) 0;
      }
      button {
        min-height: 1.75rem;
        padding: 0 var(--space-2);
        border: 1px solid var(--border-strong);
        border-radius: var(--radius-small);
        background: var(--surface);
        color: var(--text);
        font: 400 var(--size-small) var(--mono);
        cursor: pointer;
      }
      button:hover {
        background: var(--hover);
      }
      @media (pointer: coarse) {
        button {
          min-width: var(--control);
          min-height: var(--control);
        }
      }
    `,
  ];

  @property({ attribute: false }) schema: QuerySchemaResource = { tables: [], functions: [] };

  protected override render() {
    const { tables, functions } = this.schema;
    return html`${tables.map(
      ({ name, description, columns }) =>
        html`<details>
          <summary><code>${name}</code></summary>
          <p class="hint">${description}.</p>
          <div class="names">
            ${this.#name(name, "table")}
            ${columns.map((column) => this.#name(column.name, column.type, column.description))}
          </div>
        </details>`,
    )}
    ${
      functions.length === 0
        ? nothing
        : html`<p class="hint">As of a time or a sequence of FLEET:</p>
            <div class="names">
              ${functions.map((name) => this.#name(`${name}(now() - INTERVAL 1 DAY)`, "table", undefined, `${name}(…)`))}
            </div>`
    }`;
  }

  #name(text: string, type: string, description?: string, shown = text) {
    const title = description === undefined ? type : `${type}: ${description}`;
    return html`<button type="button" title=${title} aria-label="Insert ${shown}" @click=${() => this.#insert(text)}>${shown}</button>`;
  }

  #insert(text: string): void {
    this.dispatchEvent(new CustomEvent("insert", { detail: text }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-sql-schema": SqlSchema;
  }
}
