import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { base, buttons, fields } from "../../styles/shared.ts";
import { offsetOf, type Position } from "./text-position.ts";

/**
 * A field for code. Events: `edit` (the text, at every key), `run` (Ctrl/⌘ Enter), `stop` (Escape while it runs).
 */
@customElement("fl-code-editor")
export class CodeEditor extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      textarea {
        display: block;
        min-height: 10rem;
        font: 400 var(--size) / 1.6 var(--mono);
        tab-size: 2;
      }
    `,
  ];

  @property() label = "Code";
  @property() placeholder = "";
  @property() text = "";
  /** Maximum characters. */
  @property({ type: Number }) most = 65_536;
  @property({ type: Boolean }) running = false;
  @property({ type: Boolean }) faulty = false;
  @query("textarea") private readonly field!: HTMLTextAreaElement;

  protected override render() {
    return html`<textarea
      aria-label=${this.label}
      aria-keyshortcuts="Control+Enter Meta+Enter"
      aria-invalid=${this.faulty ? "true" : nothing}
      placeholder=${this.placeholder}
      rows="8"
      maxlength=${this.most}
      spellcheck="false"
      autocapitalize="off"
      autocomplete="off"
      .value=${this.text}
      @input=${this.#edited}
      @keydown=${this.#key}
    ></textarea>`;
  }

  override focus(): void {
    this.field.focus();
  }

  /** Replaces the selection, as typing does: the browser can undo it. */
  insert(text: string): void {
    this.field.focus();
    const { selectionStart, value } = this.field;
    const before = value.slice(0, selectionStart);
    const spaced = before === "" || /[\s(.,]$/.test(before) ? text : ` ${text}`;
    // The only way to insert a text so that the browser can undo it.
    if (document.execCommand?.("insertText", false, spaced)) return;
    this.field.setRangeText(spaced, selectionStart, this.field.selectionEnd, "end");
    this.#edited();
  }

  go(position: Position): void {
    const offset = offsetOf(this.field.value, position);
    this.field.focus();
    this.field.setSelectionRange(offset, offset);
  }

  readonly #edited = (): void => {
    this.dispatchEvent(new CustomEvent("edit", { detail: this.field.value }));
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.dispatchEvent(new Event("run"));
    } else if (event.key === "Escape" && this.running) {
      event.preventDefault();
      this.dispatchEvent(new Event("stop"));
    }
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-code-editor": CodeEditor;
  }
}
