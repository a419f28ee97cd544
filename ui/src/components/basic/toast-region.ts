import { css, html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { StoreController } from "../../state/store.ts";
import { dismiss, type Toast, toasts } from "../../state/toasts.ts";
import { base, buttons } from "../../styles/shared.ts";
import "./icon.ts";

const ICONS = { good: "check-circle", danger: "alert", info: "info" } as const;

/** Shows short messages. The page has this element before the first message, so that screen readers announce each. */
@customElement("fl-toasts")
export class ToastRegion extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        position: fixed;
        right: var(--space-4);
        bottom: calc(var(--space-4) + var(--bottom-bar, 0px));
        z-index: 50;
        width: min(24rem, calc(100vw - 2rem));
        pointer-events: none;
      }
      [role] {
        display: grid;
        gap: var(--space-2);
      }
      .toast {
        display: flex;
        align-items: flex-start;
        gap: var(--space-3);
        padding: var(--space-3);
        border: 1px solid var(--border-strong);
        border-radius: var(--radius-large);
        background: var(--raised);
        box-shadow: var(--shadow-raised);
        pointer-events: auto;
        animation: in 160ms var(--ease);
      }
      @keyframes in {
        from {
          opacity: 0;
          transform: translateY(8px);
        }
      }
      .toast > fl-icon {
        margin-top: 0.1rem;
      }
      .good > fl-icon {
        color: var(--good-mark);
      }
      .danger > fl-icon {
        color: var(--danger-mark);
      }
      .info > fl-icon {
        color: var(--info-mark);
      }
      .text {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      strong {
        font-weight: 500;
      }
      .button {
        width: 1.5rem;
        height: 1.5rem;
      }
      @media (pointer: coarse) {
        .button {
          width: var(--control);
          height: var(--control);
        }
      }
    `,
  ];

  readonly #toasts = new StoreController(this, toasts);

  protected override render() {
    return html`<div role="status" aria-live="polite">
      ${repeat(
        this.#toasts.value,
        ({ id }) => id,
        (toast) => this.#toast(toast),
      )}
    </div>`;
  }

  #toast({ id, tone, text, detail, link }: Toast) {
    return html`<div class="toast ${tone}">
      <fl-icon .name=${ICONS[tone]}></fl-icon>
      <div class="text">
        <strong>${text}</strong>
        ${detail ? html`<div class="quiet">${detail}</div>` : nothing}
        ${link ? html`<div><a href=${link.href}>${link.text}</a></div>` : nothing}
      </div>
      <button class="button ghost icon" aria-label="Dismiss" @click=${() => dismiss(id)}>
        <fl-icon name="close"></fl-icon>
      </button>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-toasts": ToastRegion;
  }
}
