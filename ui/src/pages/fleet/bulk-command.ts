import { html } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { type Action, actionsOf } from "../../components/actions.ts";
import type { CommandForm } from "../../components/command-form.ts";
import { issueCommand } from "../../data/commands.ts";
import { getDevice } from "../../data/devices.ts";
import { asApiError } from "../../data/problem.ts";
import { paths } from "../../state/paths.ts";
import { whoIsHere } from "../../state/session.ts";
import { Batch } from "./batch.ts";
import { BulkDialog } from "./bulk-dialog.ts";
import "../../components/command-form.ts";
import "./bulk-outcome.ts";

/** One command for many devices. What can be chosen is what the first of them declares. */
@customElement("fl-bulk-command")
export class BulkCommand extends BulkDialog {
  @state() private actions: readonly Action[] = [];
  @query("fl-command-form") private readonly form!: CommandForm;
  // A key for each device, so that a second try issues nothing twice.
  readonly #batch = crypto.randomUUID();
  readonly #sent = new Batch(this, () => whoIsHere()?.operator.id);
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
      // Then the form is a free one.
      () => {},
    );
  }

  protected override question() {
    return html`<fl-command-form .actions=${this.actions}></fl-command-form>
      <p class="hint">Devices that are away get it when they connect, until the deadline. Retired ones refuse it.</p>`;
  }

  protected override prepare() {
    const body = this.form.collect();
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
    const by = encodeURIComponent(whoIsHere()?.operator.id ?? "");
    return html`<fl-bulk-outcome .outcomes=${this.#sent.outcomes}></fl-bulk-outcome>
      <p class="hint">
        This dialog may be closed: <a href="${paths.commands}?by=${by}" target="_blank">your commands</a> show what becomes of them.
      </p>`;
  }

  /** Those that did not do it, for whatever reason; the others may be doing it yet. */
  protected override get failed(): readonly string[] {
    const bad = this.#sent.outcomes.filter(({ state }) => ["unsent", "failed", "expired"].includes(state));
    return bad.map(({ device }) => device);
  }
}
