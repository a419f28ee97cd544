import { css, html, LitElement } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { base, buttons } from "../../styles/shared.ts";
import { fieldToFocus } from "./field-to-focus.ts";
import "../basic/icon.ts";

/**
 * A modal dialog with slotted content and `footer`; opens when attached. Sends `closed` once, after which the owner
 * removes it. Focuses the element with `autofocus`, otherwise the first field, also in content that loads later or that
 * replaces the content with the focus.
 */
@customElement("fl-dialog")
export class Dialog extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      dialog {
        width: min(var(--width, 30rem), calc(100vw - 2rem));
        max-height: calc(100dvh - 3rem);
        padding: 0;
        border: 1px solid var(--border-strong);
        border-radius: var(--radius-large);
        background: var(--raised);
        color: var(--text);
        box-shadow: var(--shadow-raised);
        overflow: hidden;
      }
      dialog[open] {
        display: flex;
        flex-direction: column;
        animation: in var(--quick) var(--ease);
      }
      dialog::backdrop {
        background: var(--overlay);
      }
      @keyframes in {
        from {
          opacity: 0;
          transform: translateY(6px);
        }
      }
      .header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-3);
        padding: var(--space-4) var(--space-3) 0 var(--space-5);
      }
      h2 {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .body {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-4);
        padding: var(--space-3) var(--space-5) var(--space-5);
        overflow: auto;
      }
      footer {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--space-2);
        padding: var(--space-3) var(--space-5);
        border-top: 1px solid var(--border);
        background: var(--canvas);
      }
    `,
  ];

  @property() heading = "";
  @query("dialog") private readonly dialog!: HTMLDialogElement;
  #typed = false;
  /** After a key or click, the dialog does not move the focus, unless its place is gone. */
  #used = false;
  #before: HTMLElement | undefined;

  constructor() {
    super();
    this.addEventListener("input", () => {
      this.#typed = true;
    });
    for (const use of ["keydown", "pointerdown"]) {
      this.addEventListener(use, () => {
        this.#used = true;
      });
    }
  }

  protected override firstUpdated(): void {
    this.#before = focused();
    this.dialog.showModal();
    this.#focusField();
  }

  /** Browsers restore the focus when a dialog closes, but not when an open dialog is removed. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.dialog.open) this.#before?.focus();
  }

  close(): void {
    this.dialog.close();
  }

  protected override render() {
    return html`<dialog aria-labelledby="heading" @close=${this.#closed} @pointerdown=${this.#outside}>
      <div class="header">
        <h2 id="heading">${this.heading}</h2>
        <button class="button ghost icon" aria-label="Close" @click=${this.close}><fl-icon name="close"></fl-icon></button>
      </div>
      <div class="body"><slot @slotchange=${this.#focusField}></slot></div>
      <footer role="group" ?hidden=${this.querySelector("[slot=footer]") === null}><slot name="footer"></slot></footer>
    </dialog>`;
  }

  /** Focuses the first field in the next frame, when slotted elements have rendered their fields. */
  readonly #focusField = (): void => {
    requestAnimationFrame(() => {
      if (this.dialog.open && (!this.#used || isFocusLost())) fieldToFocus(this)?.focus();
    });
  };

  readonly #closed = (): void => {
    this.dispatchEvent(new Event("closed"));
  };

  readonly #outside = (event: PointerEvent): void => {
    // A click outside must not discard input.
    if (event.target !== this.dialog || this.#typed) return;
    const { left, right, top, bottom } = this.dialog.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    if (x < left || x > right || y < top || y > bottom) this.close();
  };
}

/** Whether the focused element was removed: browsers then focus the body. */
function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

function focused(): HTMLElement | undefined {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element instanceof HTMLElement ? element : undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-dialog": Dialog;
  }
}
