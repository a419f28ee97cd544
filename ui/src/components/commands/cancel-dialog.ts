import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { type CommandResource, cancelCommand } from "../../data/commands.ts";
import { asApiError } from "../../data/problem.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { explained } from "../basic/notice.ts";
import type { Dialog } from "../dialogs/dialog.ts";
import "../dialogs/dialog.ts";

/** Asks for a reason and cancels a command. Event `closed`, with or without a cancellation. */
@customElement("fl-cancel-dialog")
export class CancelDialog extends LitElement {
  static override styles = [base, buttons, fields];

  @property({ attribute: false }) command!: CommandResource;
  @state() private busy = false;
  @state() private fault = "";
  @query("input") private readonly reason!: HTMLInputElement;
  @query("fl-dialog") private readonly dialog!: Dialog;

  protected override render() {
    const { name, device, state } = this.command;
    return html`<fl-dialog heading="Cancel ${name}?" @closed=${() => this.dispatchEvent(new Event("closed"))}>
      <p class="quiet">
        ${
          state === "issued"
            ? `It has not been delivered to ${device}, and will not be.`
            : `It has been delivered to ${device}, which may have executed it already. Answers from now on are not recorded.`
        }
      </p>
      <div class="field">
        <label for="reason">Reason <span class="faint">optional</span></label>
        <input
          id="reason"
          type="text"
          autocomplete="off"
          autofocus
          placeholder="Kept in the history"
          aria-invalid=${this.fault ? "true" : nothing}
          aria-describedby="fault"
          @keydown=${this.#key}
        />
        <p class="fault" id="fault" role="alert" ?hidden=${!this.fault}>${this.fault}</p>
      </div>
      <button slot="footer" class="button" @click=${() => this.dialog.close()}>Keep it</button>
      <button slot="footer" class="button danger" aria-disabled=${this.busy} @click=${this.#cancel}>Cancel the command</button>
    </fl-dialog>`;
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.isComposing) void this.#cancel();
  };

  readonly #cancel = async (): Promise<void> => {
    if (this.busy) return;
    this.busy = true;
    try {
      await cancelCommand(this.command.id, this.reason.value.trim());
      notify("good", `${this.command.name} was cancelled`);
      this.dialog.close();
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.code === "command-ended") {
        notifyError("The command was not cancelled", thrown);
        this.dialog.close();
      } else this.fault = explained(error);
    }
    this.busy = false;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-cancel-dialog": CancelDialog;
  }
}
