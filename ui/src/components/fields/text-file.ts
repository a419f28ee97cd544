import { css, html, LitElement } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { base, buttons } from "../../styles/shared.ts";

/**
 * A button that reads a text file. Events `text` (the content) and `fault` (why it was not read), both with a string.
 */
@customElement("fl-text-file")
export class TextFile extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: inline-block;
      }
      input {
        display: none;
      }
    `,
  ];

  /** Accepted names and types of files, as in the attribute `accept` of HTML's file fields. */
  @property() accept = "";
  /** Maximum bytes. */
  @property({ type: Number }) most = 32_768;
  @query("input") private readonly file!: HTMLInputElement;

  protected override render() {
    return html`<button type="button" class="button small" @click=${() => this.file.click()}>Read a file</button>
      <input type="file" tabindex="-1" aria-hidden="true" accept=${this.accept} @change=${this.#read} />`;
  }

  readonly #read = async (): Promise<void> => {
    const [file] = this.file.files ?? [];
    // Without this, choosing the same file again would send no event.
    this.file.value = "";
    if (file === undefined) return;
    if (file.size > this.most) this.#send("fault", `The file is larger than ${this.most / 1024} KiB.`);
    else this.#send("text", await file.text());
  };

  #send(event: "text" | "fault", detail: string): void {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-text-file": TextFile;
  }
}
