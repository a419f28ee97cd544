import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { copyAndNotify } from "../../../components/basic/copy.ts";
import { download } from "../../../components/basic/download.ts";
import { chosen } from "../../../components/basic/menu.ts";
import { notifyError } from "../../../state/toasts.ts";
import { base, buttons } from "../../../styles/shared.ts";
import { devicesAsCsv } from "./export.ts";
import "../../../components/basic/icon.ts";
import "./bulk-command.ts";
import "./bulk-tags.ts";

/** Actions on the selected devices. Events: `clear`, `all` (select all that match). */
@customElement("fl-bulk-bar")
export class BulkBar extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        position: sticky;
        bottom: var(--space-3);
        z-index: 5;
        display: flex;
        justify-content: center;
        margin: 0 var(--space-3) var(--space-3);
        pointer-events: none;
      }
      [role="toolbar"] {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-2) var(--space-2) var(--space-2) var(--space-4);
        border: 1px solid var(--border-strong);
        border-radius: var(--radius-large);
        background: var(--raised);
        box-shadow: var(--shadow-raised);
        pointer-events: auto;
      }
      fl-bulk-command,
      fl-bulk-tags {
        pointer-events: auto;
      }
      .out {
        color: var(--warning-text);
      }
      @media (max-width: 47.99rem) {
        [role="toolbar"] {
          flex: 1;
          padding-left: var(--space-3);
        }
        .clear {
          order: 1;
          margin-left: auto;
        }
        .act {
          order: 2;
        }
        .act.primary {
          flex: 1 0 auto;
        }
      }
      strong {
        font-weight: 600;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  @property({ attribute: false }) selected: ReadonlySet<string> = new Set();
  @property({ attribute: false }) elsewhere: ReadonlySet<string> = new Set();
  @property({ type: Number }) total = 0;
  @property({ type: Boolean }) collecting = false;
  /** The moment of the past that the list shows: RFC 3339 or a FLEET sequence. */
  @property() at: string | undefined;
  @state() private dialog: "none" | "command" | "tags" = "none";

  protected override render() {
    const { size } = this.selected;
    const out = this.elsewhere.size;
    return html`<div role="toolbar" aria-label="Selected devices">
        <strong role="status"
          >${size.toLocaleString()} selected${out > 0 ? html`<span class="out">, ${out.toLocaleString()} not in this list</span>` : nothing}</strong
        >
        ${
          this.total > size
            ? html`<button class="button ghost small" ?disabled=${this.collecting} @click=${() => this.#emit("all")}>
              ${this.collecting ? "Selecting…" : `Select all ${this.total.toLocaleString()}`}
            </button>`
            : nothing
        }
        ${
          this.at === undefined
            ? html`<button class="button small primary act" @click=${() => this.#open("command")}>
                <fl-icon name="send"></fl-icon>Send command
              </button>
              <button class="button small act" @click=${() => this.#open("tags")}>
                <fl-icon name="tag"></fl-icon>Tag
              </button>`
            : html`<span class="quiet">Commands and tags are off in the past.</span>`
        }
        <wa-dropdown placement="top-end" @wa-select=${this.#chosen}>
          <button slot="trigger" class="button small icon act" aria-label="More for the selected devices" title="More">
            <fl-icon name="more"></fl-icon>
          </button>
          <wa-dropdown-item value="copy">Copy ids</wa-dropdown-item>
          <wa-dropdown-item value="export">Export as CSV</wa-dropdown-item>
        </wa-dropdown>
        <button class="button ghost small icon clear" aria-label="Clear the selection" @click=${() => this.#emit("clear")}>
          <fl-icon name="close"></fl-icon>
        </button>
      </div>
      ${this.#dialog()}`;
  }

  #dialog() {
    const ids = [...this.selected];
    const closed = () => this.#open("none");
    if (this.at !== undefined) return nothing;
    if (this.dialog === "command")
      return html`<fl-bulk-command .ids=${ids} .elsewhere=${this.elsewhere} @closed=${closed}></fl-bulk-command>`;
    if (this.dialog === "tags")
      return html`<fl-bulk-tags .ids=${ids} .elsewhere=${this.elsewhere} @closed=${closed}></fl-bulk-tags>`;
    return nothing;
  }

  readonly #chosen = (event: CustomEvent<{ item: { value: string } }>): void => {
    const ids = [...this.selected];
    if (chosen(event) === "copy")
      void copyAndNotify(ids.join("\n"), ids.length === 1 ? "device id" : `${ids.length} device ids`);
    else void this.#export(ids);
  };

  async #export(ids: readonly string[]): Promise<void> {
    try {
      download(
        `devices-${this.at?.replaceAll(":", "-") ?? new Date().toISOString().slice(0, 10)}.csv`,
        "text/csv",
        await devicesAsCsv(ids, this.at),
      );
    } catch (error) {
      notifyError("The devices could not be exported", error);
    }
  }

  #open(dialog: BulkBar["dialog"]): void {
    this.dialog = dialog;
  }

  #emit(what: "clear" | "all"): void {
    this.dispatchEvent(new Event(what));
  }
}
