import { css, html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { base, fields } from "../../styles/shared.ts";
import { MOST_BYTES } from "./catalogue.ts";
import "../../components/fields/code-editor.ts";
import "../../components/fields/text-file.ts";

/** A catalogue as JSON, typed or from a file. Events of the code editor: `edit` (the text), `run`. */
@customElement("fl-catalogue-field")
export class CatalogueField extends LitElement {
  static override styles = [
    base,
    fields,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .head {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-2);
      }
    `,
  ];

  @property() text = "";
  @property() fault = "";
  @state() private fileFault = "";

  protected override render() {
    const fault = this.fileFault || this.fault;
    return html`<div class="field">
      <div class="head">
        <span>Catalogue to try</span>
        <fl-text-file
          accept=".json,application/json"
          most=${MOST_BYTES}
          @text=${({ detail }: CustomEvent<string>) => this.#edit(detail)}
          @fault=${({ detail }: CustomEvent<string>) => {
            this.fileFault = detail;
          }}
        ></fl-text-file>
      </div>
      <fl-code-editor
        label="Catalogue to try"
        most=${MOST_BYTES}
        .text=${this.text}
        ?faulty=${fault !== ""}
        @edit=${({ detail }: CustomEvent<string>) => this.#edit(detail)}
        @run=${() => this.dispatchEvent(new Event("run"))}
      ></fl-code-editor>
      ${
        fault
          ? html`<p class="fault" role="alert">${fault}</p>`
          : html`<p class="hint">JSON of a catalogue of kind <code>fleetlog</code>, signed or not, or only its list of packages.</p>`
      }
    </div>`;
  }

  #edit(detail: string): void {
    this.fileFault = "";
    this.dispatchEvent(new CustomEvent("edit", { detail }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-catalogue-field": CatalogueField;
  }
}
