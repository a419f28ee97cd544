import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { download } from "../../components/basic/download.ts";
import { startImport } from "../../data/imports.ts";
import { type ApiError, asApiError } from "../../data/problem.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import { FILES, type ImportKind, isJson, TEMPLATE, templateFault } from "./templates.ts";
import "../../components/basic/notice.ts";

const KINDS: readonly (readonly [ImportKind, string])[] = [
  ["devices", "Devices"],
  ["provision-requests", "Provision requests"],
];

@customElement("fl-upload-form")
export class UploadForm extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    fields,
    css`
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-3);
        padding: var(--space-4);
      }
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-1) var(--space-4);
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend {
        margin-bottom: var(--space-1);
      }
      fieldset label {
        display: flex;
        align-items: center;
        gap: var(--space-2);
      }
      textarea {
        font-family: var(--mono);
        font-size: var(--size-small);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2) var(--space-3);
      }
      input[type="file"] {
        flex: 1 1 14rem;
        width: auto;
        min-width: 0;
        padding-block: 0.1875rem;
      }
    `,
  ];

  @state() private kind: ImportKind = "devices";
  @state() private file: File | undefined;
  @state() private template = TEMPLATE;
  @state() private templateFault = "";
  @state() private sending = false;
  /** Whether the last upload was for a dry run. */
  #dryRun = true;
  @state() private error: ApiError | undefined;

  protected override render() {
    const { kind, file, sending, error } = this;
    return html`<section class="card" aria-label="Upload">
      <form @submit=${(event: Event) => event.preventDefault()}>
        <fieldset>
          <legend>What the file has</legend>
          ${KINDS.map(
            ([value, text]) => html`<label>
              <input type="radio" name="kind" .checked=${value === kind} @change=${() => this.#choose(value)} /><span>${text}</span>
            </label>`,
          )}
        </fieldset>
        ${kind === "devices" ? this.#aboutDevices() : this.#aboutRequests()}
        <p class="row quiet">
          Files to begin with:
          ${FILES[kind].map(
            ({ name, type, text }) =>
              html`<button type="button" class="button small" @click=${() => download(name, type, text)}>${name}</button>`,
          )}
        </p>
        <div class="row">
          <input
            type="file"
            aria-label="CSV or JSON file"
            accept=".csv,.json,text/csv,application/json"
            ?disabled=${sending}
            @change=${this.#chosen}
          />
          <button type="button" class="button" ?disabled=${!file || sending} @click=${() => this.#start(true)}>Check only</button>
          <button type="button" class="button primary" ?disabled=${!file || sending} @click=${() => this.#start(false)}>
            Import
          </button>
        </div>
        ${error ? html`<fl-error inline manual .error=${error} @retry=${() => this.#start(this.#dryRun)}></fl-error>` : nothing}
      </form>
    </section>`;
  }

  #aboutDevices() {
    return html`<p class="quiet">
      A CSV file with a header line. Columns: <code>id</code>, <code>name</code>, <code>tags</code>, <code>type</code>, <code>claimCode</code>. Or JSON
      with <code>rows</code>.
    </p>`;
  }

  #aboutRequests() {
    const { templateFault: fault } = this;
    return html`<p class="quiet">
        Each row makes a request from the template. A column sets the value at its path, such as <code>clientId</code>,
        <code>device.tags</code> or <code>configuration.interval</code>. An empty cell leaves what the template has.
      </p>
      <div class="field">
        <label for="template">Template <span class="faint">JSON</span></label>
        <textarea
          id="template"
          rows="4"
          spellcheck="false"
          .value=${this.template}
          aria-invalid=${fault ? "true" : nothing}
          aria-describedby="template-note"
          @input=${(event: Event) => {
            this.template = (event.target as HTMLTextAreaElement).value;
            this.templateFault = "";
          }}
        ></textarea>
        <p class=${fault ? "fault" : "hint"} id="template-note">${fault || "A JSON file may have a template of its own."}</p>
      </div>`;
  }

  #choose(kind: ImportKind): void {
    this.kind = kind;
    this.error = undefined;
  }

  readonly #chosen = (event: Event): void => {
    this.file = (event.target as HTMLInputElement).files?.[0];
    this.error = undefined;
  };

  async #start(dryRun: boolean): Promise<void> {
    const { file, kind } = this;
    if (file === undefined || this.sending) return;
    const isRequests = kind === "provision-requests";
    this.templateFault = isRequests ? templateFault(this.template) : "";
    if (this.templateFault !== "") return;
    this.#dryRun = dryRun;
    this.sending = true;
    this.error = undefined;
    try {
      const more = { json: isJson(file), ...(isRequests && { template: this.template }) };
      await startImport(await file.text(), { dryRun, ...more });
      this.dispatchEvent(new Event("started"));
    } catch (error) {
      this.error = asApiError(error);
    }
    this.sending = false;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-upload-form": UploadForm;
  }
}
