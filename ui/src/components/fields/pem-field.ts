import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { base, fields } from "../../styles/shared.ts";
import "./text-file.ts";

/** A field for PEM text, typed or from a file. */
@customElement("fl-pem-field")
export class PemField extends LitElement {
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
    `,
  ];

  @property() label = "";
  @property() hint = "";
  @property() fault = "";
  @property() initial = "";
  @property() begin = "-----BEGIN CERTIFICATE-----";
  @property({ type: Boolean }) secret = false;
  @query("textarea") private readonly area!: HTMLTextAreaElement | null;

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
        <fl-text-file accept=".pem,.crt,.cer,.key,.pub,.txt" @text=${this.#take} @fault=${this.#refuse}></fl-text-file>
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

  readonly #take = ({ detail }: CustomEvent<string>): void => {
    this.fault = "";
    if (this.area) this.area.value = detail.trim();
  };

  readonly #refuse = ({ detail }: CustomEvent<string>): void => {
    this.fault = detail;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-pem-field": PemField;
  }
}
