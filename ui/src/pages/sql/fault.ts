import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { explained } from "../../components/basic/notice.ts";
import { lineAt, positionIn } from "../../components/fields/text-position.ts";
import type { ApiError } from "../../data/problem.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";

/** Why a statement did not run, with its place. Event `go`: the place, to be marked in the editor. */
@customElement("fl-sql-fault")
export class SqlFault extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .failure {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
      }
      pre {
        grid-column: 2;
        overflow: auto;
      }
      .button {
        grid-column: 2;
        justify-self: start;
      }
    `,
  ];

  @property({ attribute: false }) error: ApiError | undefined;
  /** The statement that failed. */
  @property() sql = "";

  protected override render() {
    const { error, sql } = this;
    if (error === undefined) return nothing;
    const position = positionIn(error.message);
    const found = position && lineAt(sql, position);
    return html`<div class="failure" role="alert">
      <fl-icon name="alert"></fl-icon>
      <p>${explained(error)}</p>
      ${
        position && found
          ? html`<pre tabindex="0" role="region" aria-label="Line ${position.line}"><code>${found.line}
${" ".repeat([...found.before].length)}^</code></pre>
              <button class="button small" @click=${() => this.dispatchEvent(new CustomEvent("go", { detail: position }))}>
                Go to line ${position.line}, column ${position.column}
              </button>`
          : nothing
      }
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-sql-fault": SqlFault;
  }
}
