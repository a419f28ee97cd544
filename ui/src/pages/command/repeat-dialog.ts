import { html, LitElement } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { actionsOf } from "../../components/commands/actions.ts";
import type { CommandForm } from "../../components/commands/command-form.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import { type CommandDetail, issueCommand } from "../../data/commands.ts";
import { type DeviceDetail, getDevice } from "../../data/devices.ts";
import { Attempt } from "../../state/attempt.ts";
import { navigate } from "../../state/location.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { base, buttons } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";
import "../../components/commands/command-form.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/notice.ts";

/** Issues a command again, with the operator's changes, and opens the new command's page. Event `closed`. */
@customElement("fl-repeat-dialog")
export class RepeatDialog extends LitElement {
  static override styles = [base, buttons];

  @property({ attribute: false }) command!: CommandDetail;
  @state() private busy = false;
  @query("fl-command-form") private readonly form!: CommandForm | null;
  @query("fl-dialog") private readonly dialog!: Dialog;
  readonly #attempt = new Attempt();
  readonly #device = new Query<string, DeviceDetail>(this, { args: () => this.command.device, load: getDevice });

  protected override render() {
    return html`<fl-dialog heading="Repeat on ${this.command.device}" @closed=${() => this.dispatchEvent(new Event("closed"))}>
      ${this.#content()}
      <button slot="footer" class="button" @click=${() => this.dialog.close()}>Cancel</button>
      <button slot="footer" class="button primary" aria-disabled=${this.busy || this.#device.data === undefined} @click=${this.#submit}>
        <fl-icon name="send"></fl-icon>${this.busy ? "Sending…" : "Send command"}
      </button>
    </fl-dialog>`;
  }

  #content() {
    const { data, error } = this.#device;
    // The form takes its initial values only once, so load the declared commands first.
    if (data) {
      return html`<form novalidate @submit=${this.#submit}>
        <fl-command-form .actions=${actionsOf(data.profile)} .template=${this.command}></fl-command-form>
      </form>`;
    }
    if (error) return html`<fl-error .error=${error} @retry=${() => this.#device.reload()}></fl-error>`;
    return html`<p class="quiet" role="status">Loading…</p>`;
  }

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    try {
      const body = await this.form?.collect();
      if (body === undefined) return;
      const { id } = await issueCommand(this.command.device, body, this.#attempt.keyOf(body));
      this.dialog.close();
      navigate(paths.command(id));
    } catch (error) {
      this.form?.refused(error);
    } finally {
      this.busy = false;
    }
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-repeat-dialog": RepeatDialog;
  }
}
