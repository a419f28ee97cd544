import { css, html, LitElement } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { base, buttons, fields } from "../../styles/shared.ts";
import { MOST_BYTES } from "./catalogue.ts";
import "../../components/code-editor.ts";

/** A catalogue as JSON, typed or from a file. Events as of the editor: `edit` (the text), `run`. */
@customElement("fl-catalogue-field")
export class CatalogueField extends LitElement {
  static override styles = [
    base,
    buttons,
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
      input {
        display: none;
      }
    `,
  ];

  @property() text = "";
  @property() fault = "";
  @state() private fileFault = "";
  @query("input") private readonly file!: HTMLInputElement;

  protected override render() {
    const fault = this.fileFault || this.fault;
    return html`<div class="field">
      <div class="head">
        <span>Catalogue to try</span>
        <button type="button" class="button small" @click=${() => this.file.click()}>Read a file</button>
        <input type="file" tabindex="-1" aria-hidden="true" accept=".json,application/json" @change=${this.#read} />
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

  readonly #read = async (): Promise<void> => {
    const [file] = this.file.files ?? [];
    this.file.value = "";
    if (file === undefined) return;
    if (file.size > MOST_BYTES) this.fileFault = `The file is larger than ${MOST_BYTES / 1024} KiB.`;
    else this.#edit(await file.text());
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-catalogue-field": CatalogueField;
  }
}
