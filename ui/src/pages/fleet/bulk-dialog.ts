import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { inBulk, type Progress } from "../../state/in-bulk.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { bulkStyles } from "./bulk-styles.ts";
import "../../components/dialog.ts";

const SHOWN_FAILURES = 50;

/** A dialog that does one thing to many devices: asks what, shows how far it is, and what failed. Event `closed`. */
export abstract class BulkDialog extends LitElement {
  static override styles = [base, buttons, fields, bulkStyles];

  @property({ attribute: false }) ids: readonly string[] = [];
  @state() private progress: Progress | undefined;
  @state() private running = false;
  readonly #stop = new AbortController();

  protected abstract readonly heading: string;
  /** The button's verb. */
  protected abstract readonly action: string;
  protected abstract question(): TemplateResult;
  /** What is to be done to each; undefined if the form is not right yet, and says so. */
  protected abstract prepare(): ((id: string) => Promise<unknown>) | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop.abort();
  }

  protected get count(): string {
    return `${this.ids.length.toLocaleString()} ${this.ids.length === 1 ? "device" : "devices"}`;
  }

  protected override render() {
    const { progress, running } = this;
    return html`<fl-dialog heading=${this.heading} @closed=${() => this.dispatchEvent(new Event("closed"))}>
      ${progress === undefined ? this.question() : this.#progress(progress)}
      ${
        progress === undefined
          ? html`<button slot="footer" class="button" @click=${this.#close}>Cancel</button>
            <button slot="footer" class="button primary" @click=${this.#start}>${this.action}</button>`
          : html`<button slot="footer" class="button ${running ? "" : "primary"}" @click=${this.#close}>
            ${running ? "Stop" : "Done"}
          </button>`
      }
    </fl-dialog>`;
  }

  #progress({ done, of, failures }: Progress) {
    const failed = failures.length;
    return html`<div class="progress" role="status">
        <progress max=${of} value=${done} aria-label=${this.heading}></progress>
        <p>
          ${this.running ? `${done.toLocaleString()} of ${of.toLocaleString()}` : `Done: ${(done - failed).toLocaleString()} of ${of.toLocaleString()}`}${failed ? `, ${failed.toLocaleString()} failed` : ""}
        </p>
      </div>
      ${
        failed
          ? html`<ul class="failures" tabindex="0" aria-label="What failed">
            ${failures.slice(0, SHOWN_FAILURES).map(({ id, error }) => html`<li><code>${id}</code> ${error.message}</li>`)}
            ${failed > SHOWN_FAILURES ? html`<li>and ${failed - SHOWN_FAILURES} more</li>` : nothing}
          </ul>`
          : nothing
      }`;
  }

  readonly #close = (): void => {
    this.#stop.abort();
    this.dispatchEvent(new Event("closed"));
  };

  readonly #start = async (): Promise<void> => {
    const act = this.prepare();
    if (act === undefined) return;
    this.running = true;
    this.progress = { done: 0, of: this.ids.length, failures: [] };
    const progressed = (progress: Progress) => {
      this.progress = progress;
    };
    await inBulk(this.ids, act, progressed, this.#stop.signal);
    this.running = false;
  };
}
