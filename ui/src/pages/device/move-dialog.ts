import { html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import { changeDevice, type DeviceDetail } from "../../data/devices.ts";
import { asApiError } from "../../data/problem.ts";
import { accounts } from "../../state/accounts.ts";
import { base, buttons, choices, fields } from "../../styles/shared.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";

@customElement("fl-move-dialog")
export class MoveDialog extends LitElement {
  static override styles = [base, buttons, fields, choices];

  @property({ attribute: false }) device!: Pick<DeviceDetail, "id" | "account">;
  @state() private fault: string | undefined;
  @state() private running = false;

  protected override render() {
    const { id, account } = this.device;
    const others = accounts.value.filter((one) => one.id !== account);
    return html`<fl-dialog heading="Move ${id}" @closed=${this.#close}>
      <label class="field">
        <span>To account</span>
        <select>
          ${others.map((one) => html`<option value=${one.id}>${one.name} (${one.id})</option>`)}
        </select>
      </label>
      <fieldset class="choices">
        <legend>Its history</legend>
        <label>
          <input type="radio" name="history" value="stays" checked />
          <span>stays: the new account sees nothing from before, and open commands are cancelled</span>
        </label>
        <label>
          <input type="radio" name="history" value="along" />
          <span>goes along: the new account sees everything</span>
        </label>
      </fieldset>
      <p class="hint">Its connection is closed, and it connects again in the new account.</p>
      ${failureNote(this.fault)}
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" ?disabled=${this.running} @click=${this.#move}>Move device</button>
    </fl-dialog>`;
  }

  readonly #close = (): void => {
    this.dispatchEvent(new Event("closed"));
  };

  readonly #move = async (): Promise<void> => {
    if (this.running) return;
    const account = this.renderRoot.querySelector("select")?.value ?? "";
    const stays = this.renderRoot.querySelector<HTMLInputElement>("input[value=stays]")?.checked ?? true;
    this.running = true;
    try {
      await changeDevice(this.device.id, { account, history: stays ? "stays" : "along" });
      this.dispatchEvent(new Event("moved"));
    } catch (thrown) {
      this.fault = `The device was not moved. ${explained(asApiError(thrown))}`;
    }
    this.running = false;
  };
}
