import { css, html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { notify, notifyError } from "../../state/toasts.ts";
import { base, buttons } from "../../styles/shared.ts";
import "./icon.ts";

const DONE_MS = 1_500;

/** A button that copies a text. `what` completes its name: `Copy device id`. Event `copied` (the text) on success. */
@customElement("fl-copy")
export class Copy extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: inline-flex;
      }
      .button.bare {
        width: 1.5rem;
        height: 1.5rem;
        color: var(--text-faint);
      }
      @media (pointer: coarse) {
        .button.bare {
          width: var(--control);
          height: var(--control);
        }
      }
      fl-icon {
        font-size: 0.875rem;
      }
      .done {
        color: var(--good-mark);
      }
    `,
  ];

  @property({ attribute: false }) text: string | (() => string) = "";
  @property() what = "text";
  @property({ type: Boolean }) wide = false;
  @state() private done = false;

  override focus(): void {
    this.renderRoot.querySelector("button")?.focus();
  }

  protected override render() {
    const icon = html`<fl-icon class=${this.done ? "done" : ""} .name=${this.done ? "check" : "copy"}></fl-icon>`;
    return html`<button
      type="button"
      class=${this.wide ? "button" : "button ghost icon bare"}
      aria-label="Copy ${this.what}"
      title="Copy ${this.what}"
      @click=${this.#copy}
    >
      ${icon}${this.wide ? (this.done ? "Copied" : "Copy") : ""}
    </button>`;
  }

  readonly #copy = async (event: Event): Promise<void> => {
    event.preventDefault();
    event.stopPropagation();
    try {
      const text = typeof this.text === "string" ? this.text : this.text();
      await copyText(text);
      this.dispatchEvent(new CustomEvent("copied", { detail: text, bubbles: true, composed: true }));
      this.done = true;
      setTimeout(() => {
        this.done = false;
      }, DONE_MS);
    } catch (error) {
      notifyError(`The ${this.what} could not be copied`, error);
    }
  };
}

/** @throws Error where the browser does not allow it */
export async function copyText(text: string): Promise<void> {
  // Browsers have the clipboard API only with TLS or on localhost.
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  // A copy event instead of a selection: while a modal dialog is open, nothing outside it can be selected.
  const give = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("copy", give, { capture: true, once: true });
  const copied = document.execCommand("copy");
  document.removeEventListener("copy", give, { capture: true });
  if (!copied) throw new Error("The browser does not allow it.");
}

const LONGEST = 160;

export async function copyAndNotify(text: string, what: string): Promise<void> {
  try {
    await copyText(text);
    notify("good", `Copied the ${what}`, text.length <= LONGEST ? { detail: text } : {});
  } catch (error) {
    notifyError(`The ${what} could not be copied`, error);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-copy": Copy;
  }
}
