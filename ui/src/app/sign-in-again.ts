import { css, html, LitElement } from "lit";
import { customElement, query } from "lit/decorators.js";
import { forgetSession } from "../state/session.ts";
import { base, buttons } from "../styles/shared.ts";
import "../pages/sign-in/sign-in-form.ts";

/** Sign-in dialog over a page whose session has ended, so that the page keeps the operator's input. */
@customElement("fl-sign-in-again")
export class SignInAgain extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      dialog {
        width: min(26rem, calc(100vw - 2rem));
        padding: var(--space-5);
        border: 1px solid var(--border-strong);
        border-radius: var(--radius-large);
        background: var(--raised);
        color: var(--text);
        box-shadow: var(--shadow-raised);
      }
      dialog::backdrop {
        background: var(--overlay);
      }
      .text {
        display: grid;
        gap: var(--space-1);
        margin-bottom: var(--space-4);
      }
      .leave {
        width: 100%;
        margin-top: var(--space-2);
      }
    `,
  ];

  @query("dialog") private readonly dialog!: HTMLDialogElement;

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  protected override render() {
    return html`<dialog aria-labelledby="heading" @cancel=${this.#stay} @close=${this.#reopen}>
      <div class="text">
        <h2 id="heading">Your session has ended</h2>
        <p class="quiet">Sign in again to go on where you are. Nothing that you have typed is lost.</p>
      </div>
      <fl-sign-in-form></fl-sign-in-form>
      <button class="button ghost leave" @click=${forgetSession}>Leave this page</button>
    </dialog>`;
  }

  readonly #stay = (event: Event): void => event.preventDefault();

  /** Browsers close a dialog at the second Escape, even if the first was prevented. */
  readonly #reopen = (): void => {
    if (this.isConnected) this.dialog.showModal();
  };
}
