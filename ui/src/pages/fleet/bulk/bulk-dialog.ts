import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { counted } from "../../../components/text/numbers.ts";
import { inBulk, type Progress } from "../../../state/in-bulk.ts";
import { base, buttons, fields } from "../../../styles/shared.ts";
import { bulkStyles } from "./bulk-styles.ts";
import "../../../components/dialogs/dialog.ts";
import "../../../components/basic/icon.ts";

const SHOWN_FAILURES = 50;
const SHOWN_IDS = 200;

/**
 * A dialog for an action on many devices, with a form, progress and failures. Events: `closed`, `keep` (ids that stay
 * selected).
 */
export abstract class BulkDialog extends LitElement {
  static override styles = [base, buttons, fields, bulkStyles];

  @property({ attribute: false }) ids: readonly string[] = [];
  @property({ attribute: false }) elsewhere: ReadonlySet<string> = new Set();
  @state() private progress: Progress | undefined;
  @state() private running = false;
  readonly #stop = new AbortController();

  protected abstract readonly heading: string;
  protected abstract readonly action: string;
  protected readonly doing: string = "Under way";
  protected readonly hasDone: string = "Done";
  protected abstract question(): TemplateResult;
  /** The action on each device; undefined after showing errors of the form. */
  protected abstract prepare(): Promise<((id: string) => Promise<unknown>) | undefined>;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop.abort();
  }

  protected get count(): string {
    return counted(this.ids.length, "device");
  }

  protected override render() {
    const { progress, running } = this;
    const failed = this.failed.length;
    return html`<fl-dialog heading=${this.heading} @closed=${() => this.dispatchEvent(new Event("closed"))}>
      ${progress === undefined ? html`${this.question()} ${this.#which()}` : this.#progress(progress)}
      ${
        progress === undefined
          ? html`<button slot="footer" class="button" @click=${this.#close}>Cancel</button>
            <button slot="footer" class="button primary" @click=${this.#start}>${this.action}</button>`
          : html`${running || failed === 0 ? nothing : html`<button slot="footer" class="button" @click=${this.#keep}>Select the ${failed.toLocaleString()} that failed</button>`}
            <button slot="footer" class="button ${running ? "" : "primary"}" @click=${this.#close}>
            ${running ? "Stop" : "Done"}
          </button>`
      }
    </fl-dialog>`;
  }

  protected report({ failures }: Progress): TemplateResult | typeof nothing {
    if (failures.length === 0) return nothing;
    return html`<ul class="failures" tabindex="0" aria-label="What failed">
      ${failures.slice(0, SHOWN_FAILURES).map(({ id, error }) => html`<li><code>${id}</code> ${error.message}</li>`)}
      ${failures.length > SHOWN_FAILURES ? html`<li>and ${failures.length - SHOWN_FAILURES} more</li>` : nothing}
    </ul>`;
  }

  protected get failed(): readonly string[] {
    return this.progress?.failures.map(({ id }) => id) ?? [];
  }

  #which() {
    const sorted = this.ids.toSorted();
    const out = sorted.filter((id) => this.elsewhere.has(id));
    const ids = [...out, ...sorted.filter((id) => !this.elsewhere.has(id))];
    return html`${
      out.length > 0
        ? html`<p class="out">
          <fl-icon name="warning"></fl-icon>
          <span>
            ${out.length.toLocaleString()} of them ${out.length === 1 ? "is" : "are"} not in the current list: the filters
            exclude ${out.length === 1 ? "it" : "them"}.
          </span>
        </p>`
        : nothing
    }
      <details class="which">
        <summary>Which ${this.count}</summary>
        <ul tabindex="0" aria-label="Selected devices">
          ${ids.slice(0, SHOWN_IDS).map((id) => html`<li><code>${id}</code>${this.elsewhere.has(id) ? html` <span class="hint">not in the list</span>` : nothing}</li>`)}
          ${ids.length > SHOWN_IDS ? html`<li class="hint">and ${(ids.length - SHOWN_IDS).toLocaleString()} more</li>` : nothing}
        </ul>
      </details>`;
  }

  #progress(progress: Progress) {
    const { done, of, failures } = progress;
    const failed = failures.length;
    return html`<div class="progress" role="status">
        <progress max=${of} value=${done} aria-label=${this.heading}></progress>
        <p>
          ${this.running ? `${this.doing}: ${done.toLocaleString()} of ${of.toLocaleString()}` : `${this.hasDone}: ${(done - failed).toLocaleString()} of ${of.toLocaleString()}`}${failed ? `, ${failed.toLocaleString()} failed` : ""}
        </p>
      </div>
      ${this.report(progress)}`;
  }

  readonly #close = (): void => {
    this.#stop.abort();
    this.dispatchEvent(new Event("closed"));
  };

  readonly #keep = (): void => {
    this.dispatchEvent(new CustomEvent("keep", { detail: this.failed, bubbles: true, composed: true }));
    this.#close();
  };

  readonly #start = async (): Promise<void> => {
    if (this.running) return;
    this.running = true;
    const act = await this.prepare();
    if (act === undefined) {
      this.running = false;
      return;
    }
    this.progress = { done: 0, of: this.ids.length, failures: [] };
    const progressed = (progress: Progress) => {
      this.progress = progress;
    };
    await inBulk(this.ids, act, progressed, this.#stop.signal);
    this.running = false;
  };
}
