import { html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import type { CommandForm } from "../../../components/commands/command-form.ts";
import { counted } from "../../../components/text/numbers.ts";
import { declaredCommands, issueCommand } from "../../../data/commands.ts";
import { asApiError } from "../../../data/problem.ts";
import { paths } from "../../../state/paths.ts";
import { Query } from "../../../state/query.ts";
import { sessionInfo } from "../../../state/session.ts";
import { Batch } from "./batch.ts";
import { BulkDialog } from "./bulk-dialog.ts";
import { Declared } from "./declared.ts";
import "../../../components/basic/icon.ts";
import "../../../components/commands/command-form.ts";
import "./bulk-outcome.ts";

/**
 * Sends one command to many devices. Offers commands that all devices declare. For each other command, names the
 * devices that lack it.
 */
@customElement("fl-bulk-command")
export class BulkCommand extends BulkDialog {
  @state() private named = "";
  @query("fl-command-form") private readonly form!: CommandForm | null;
  // Each idempotency key contains this, so that a repetition issues no second command.
  readonly #batch = crypto.randomUUID();
  readonly #sent = new Batch(this, () => sessionInfo()?.operator.id);
  readonly #declared = new Query<readonly string[], Declared>(this, {
    args: () => this.ids,
    load: async (ids, signal) => new Declared(await declaredCommands(ids, signal)),
  });
  protected override readonly doing = "Sending";
  protected override readonly hasDone = "Sent";

  protected get heading(): string {
    return `Send a command to ${this.count}`;
  }

  protected get action(): string {
    return `Send to ${this.count}`;
  }

  protected override question() {
    const { data, error } = this.#declared;
    // The form takes its first command only once, so it waits for the declared commands. If these can't be
    // loaded, it begins with a command to type.
    if (data === undefined && error === undefined) return html`<p class="hint" role="status">Loading…</p>`;
    return html`<fl-command-form
        .actions=${data?.common ?? []}
        @named=${(event: CustomEvent<string>) => {
          this.named = event.detail;
        }}
      ></fl-command-form>
      ${data ? html`${this.#missing(data)} ${this.#partly(data)}` : nothing}
      <p class="hint">Disconnected devices get it when they connect, until the deadline. Retired devices are refused.</p>`;
  }

  #missing(declared: Declared) {
    const without = this.named === "" || !declared.any ? [] : declared.without(this.named);
    if (without.length === 0) return nothing;
    return html`<p class="out" role="status">
      <fl-icon name="warning"></fl-icon>
      <span>${this.named} is not declared by ${some(without, this.ids.length)} They may refuse it.</span>
    </p>`;
  }

  #partly({ common, partly }: Declared) {
    if (partly.length === 0) return nothing;
    const none = common.length === 0 ? "The devices declare no command in common. " : "";
    return html`<details class="which">
      <summary>${none}${counted(partly.length, "command is", "commands are")} declared by some of them only</summary>
      <ul tabindex="0" aria-label="Commands that not all devices declare">
        ${partly.map(
          ({ name, without }) => html`<li>
            <code>${name}</code>
            <span class="hint">
              ${without.length > 0 ? html`not declared by ${some(without, this.ids.length)}` : "with different parameters. Send it to devices of one kind, or as another command."}
            </span>
          </li>`,
        )}
      </ul>
    </details>`;
  }

  protected override async prepare() {
    const body = await this.form?.collect();
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

  protected override get failed(): readonly string[] {
    const bad = this.#sent.outcomes.filter(({ state }) => ["unsent", "failed", "expired"].includes(state));
    return bad.map(({ device }) => device);
  }
}

const NAMED = 5;

function some(devices: readonly string[], of: number): string {
  const more = devices.length - NAMED;
  const names = devices.slice(0, NAMED).join(", ");
  return `${devices.length.toLocaleString()} of ${of.toLocaleString()}: ${names}${more > 0 ? ` and ${more.toLocaleString()} more` : ""}.`;
}
