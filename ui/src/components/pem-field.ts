import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { base, buttons, fields } from "../styles/shared.ts";

const MOST_BYTES = 32_768;

/** A field for PEM text, typed or from a file. */
@customElement("fl-pem-field")
export class PemField extends LitElement {
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
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-1) var(--space-2);
      }
      .head label {
        font-weight: 500;
      }
      textarea {
        font: 400 var(--size-small) / 1.4 var(--mono);
      }
      /* A key that is typed is not shown either. */
      .secret {
        -webkit-text-security: disc;
      }
      input[type="file"] {
        display: none;
      }
    `,
  ];

  @property() label = "";
  @property() hint = "";
  @property() fault = "";
  @property() initial = "";
  @property() begin = "-----BEGIN CERTIFICATE-----";
  @property({ type: Boolean }) secret = false;
  @query("textarea") private readonly area!: HTMLTextAreaElement | null;
  @query("input") private readonly file!: HTMLInputElement;

  /** Text that was not changed is returned exactly as it was given. */
  get value(): string {
    const text = this.area?.value.trim() ?? this.initial;
    return text === this.initial.trim() ? this.initial : text;
  }

  protected override render() {
    const note = this.fault || this.hint;
    return html`<div class="field">
      <div class="head">
        <label for="text">${this.label}</label>
        <button type="button" class="button small" @click=${() => this.file.click()}>Read a file</button>
        <input type="file" tabindex="-1" aria-hidden="true" accept=".pem,.crt,.cer,.key,.pub,.txt" @change=${this.#read} />
      </div>
      <textarea
        id="text"
        class=${this.secret ? "secret" : ""}
        rows="2"
        autocomplete="off"
        spellcheck="false"
        placeholder=${this.begin}
        .defaultValue=${this.initial}
        aria-invalid=${this.fault ? "true" : nothing}
        aria-describedby="note"
      ></textarea>
      <span id="note" class=${this.fault ? "fault" : "hint"} role=${this.fault ? "alert" : nothing} ?hidden=${!note}>${note}</span>
    </div>`;
  }

  readonly #read = async (): Promise<void> => {
    const [file] = this.file.files ?? [];
    if (file === undefined) return;
    this.fault = file.size > MOST_BYTES ? "The file is too large for certificates." : "";
    if (this.fault === "" && this.area) this.area.value = (await file.text()).trim();
    this.file.value = "";
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-pem-field": PemField;
  }
}
