import { html } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { type Action, actionsOf } from "../../components/actions.ts";
import type { CommandForm } from "../../components/command-form.ts";
import { issueCommand } from "../../data/commands.ts";
import { getDevice } from "../../data/devices.ts";
import { asApiError } from "../../data/problem.ts";
import { paths } from "../../state/paths.ts";
import { sessionInfo } from "../../state/session.ts";
import { Batch } from "./batch.ts";
import { BulkDialog } from "./bulk-dialog.ts";
import "../../components/command-form.ts";
import "./bulk-outcome.ts";

/** Sends one command to many devices. It offers the commands that the first of them declares. */
@customElement("fl-bulk-command")
export class BulkCommand extends BulkDialog {
  /** Undefined until known: the form begins with them. */
  @state() private actions: readonly Action[] | undefined;
  @query("fl-command-form") private readonly form!: CommandForm | null;
  // Part of each idempotency key, so that a repetition issues nothing twice.
  readonly #batch = crypto.randomUUID();
  readonly #sent = new Batch(this, () => sessionInfo()?.operator.id);
  protected override readonly doing = "Sending";
  protected override readonly hasDone = "Sent";

  protected get heading(): string {
    return `Send a command to ${this.count}`;
  }

  protected get action(): string {
    return `Send to ${this.count}`;
  }

  protected override firstUpdated(): void {
    const [first] = this.ids;
    if (first === undefined) return;
    getDevice(first).then(
      ({ profile }) => {
        this.actions = actionsOf(profile);
      },
      // The form is then a free one.
      () => {
        this.actions = [];
      },
    );
  }

  protected override question() {
    if (this.actions === undefined) return html`<p class="hint" role="status">Loading…</p>`;
    return html`<fl-command-form .actions=${this.actions}></fl-command-form>
      <p class="hint">Disconnected devices get it when they connect, until the deadline. Retired devices are refused.</p>`;
  }

  protected override prepare() {
    const body = this.form?.collect();
    if (body === undefined) return undefined;
    return async (id: string) => {
      try {
        this.#sent.issued(await issueCommand(id, body, `${this.#batch}:${id}`));
      } catch (error) {
        this.#sent.refused(id, asApiError(error));
        throw error;
      }
    };
  }

  protected override report() {
    const by = encodeURIComponent(sessionInfo()?.operator.id ?? "");
    return html`<fl-bulk-outcome .outcomes=${this.#sent.outcomes}></fl-bulk-outcome>
      <p class="hint">
        You can close this dialog: <a href="${paths.commands}?by=${by}" target="_blank">your commands</a> show the results.
      </p>`;
  }

  /** Devices on which the command failed, expired or was refused. The others may still execute it. */
  protected override get failed(): readonly string[] {
    const bad = this.#sent.outcomes.filter(({ state }) => ["unsent", "failed", "expired"].includes(state));
    return bad.map(({ device }) => device);
  }
}
