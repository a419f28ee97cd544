import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { answerOf, type CommandResource, isOpen } from "../../data/commands.ts";
import { paths } from "../../state/paths.ts";
import { base, buttons } from "../../styles/shared.ts";
import { commandBadge } from "../devices/state-badge.ts";
import { cut, json } from "../text/compact.ts";
import "../basic/icon.ts";
import "./cancel-dialog.ts";
import "./command-progress.ts";
import "./command-steps.ts";
import "../basic/time.ts";
import "../people/by.ts";

/**
 * A command with its progress and result. Events: `repeat` (a `Template`); `cancelled` (the cancel dialog has closed).
 */
@customElement("fl-command-item")
export class CommandItem extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-2);
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-2);
      }
      a {
        min-width: 0;
        color: var(--text);
        font-weight: 600;
      }
      @media (pointer: coarse) {
        .head a {
          display: inline-flex;
          align-items: center;
          min-width: var(--control);
          min-height: var(--control);
        }
      }
      .end {
        display: flex;
        margin-left: auto;
      }
      .params,
      .result {
        color: var(--text-quiet);
        font-size: var(--size-small);
        overflow-wrap: anywhere;
      }
      .result {
        padding: var(--space-1) var(--space-2);
        border-radius: var(--radius-small);
        background: var(--sunken);
      }
      .result.failed {
        background: var(--danger-tint);
        color: var(--danger-text);
      }
    `,
  ];

  @property({ attribute: false }) command!: CommandResource;
  @property({ type: Boolean }) repeatable = true;
  /** Shows the command as of an earlier time, without actions. */
  @property({ type: Boolean }) past = false;
  @state() private cancelling = false;
  @query("a") private readonly link!: HTMLElement;

  protected override render() {
    const { command } = this;
    const { id, name, params, state, issuedBy, reason } = command;
    return html`<div class="head">
        <a href=${paths.command(id)}>${name}</a> ${commandBadge(state)}
        <span class="end">${this.past ? nothing : isOpen(command) ? this.#cancelButton() : this.repeatable ? this.#repeatButton() : nothing}</span>
      </div>
      <p class="params">
        by <fl-by by=${issuedBy}></fl-by>, <fl-time at=${command.issuedAt}></fl-time>${reason ? html` · ${reason}` : nothing}
        ${params === undefined ? nothing : html` · <code>${cut(json(params))}</code>`}
      </p>
      <fl-command-steps .command=${command}></fl-command-steps>
      ${command.progress && isOpen(command) ? html`<fl-command-progress .progress=${command.progress}></fl-command-progress>` : nothing}
      ${this.#outcome()}
      ${this.cancelling ? html`<fl-cancel-dialog .command=${command} @closed=${this.#closed}></fl-cancel-dialog>` : nothing}`;
  }

  #outcome() {
    const { result, error } = answerOf(this.command);
    if (error) return html`<p class="result failed">${cut(error.message)} <code>${error.code}</code></p>`;
    if (result === undefined || result === null) return nothing;
    return html`<p class="result"><code>${cut(json(result))}</code></p>`;
  }

  #cancelButton() {
    return html`<button
      class="button small"
      @click=${() => {
        this.cancelling = true;
      }}
    >
      Cancel
    </button>`;
  }

  #repeatButton() {
    const { name, params } = this.command;
    return html`<button
      class="button ghost small"
      @click=${() => this.dispatchEvent(new CustomEvent("repeat", { detail: { name, params } }))}
    >
      <fl-icon name="repeat"></fl-icon>Repeat
    </button>`;
  }

  readonly #closed = async (): Promise<void> => {
    this.cancelling = false;
    this.dispatchEvent(new Event("cancelled"));
    await this.updateComplete;
    if (document.activeElement === document.body) this.link.focus();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-command-item": CommandItem;
  }
}
