import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { sentence } from "../../components/basic/notice.ts";
import { commandBadge } from "../../components/devices/state-badge.ts";
import { confirm } from "../../components/dialogs/confirm.ts";
import { type CommandResource, isOpen } from "../../data/commands.ts";
import { type FoundUpdate, sendUpdate } from "../../data/updates.ts";
import { Attempt } from "../../state/attempt.ts";
import { paths } from "../../state/paths.ts";
import { notifyError } from "../../state/toasts.ts";
import { base, buttons } from "../../styles/shared.ts";
import "../../components/commands/cancel-dialog.ts";
import "../../components/commands/command-progress.ts";
import "../../components/basic/time.ts";

/** Sends an available package to a device, and follows its installation. Event `sent`. */
@customElement("fl-update-install")
export class UpdateInstall extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: grid;
        gap: var(--space-2);
        padding-top: var(--space-1);
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-3);
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property() device = "";
  @property({ attribute: false }) found: FoundUpdate | undefined;
  /** The last command that was to install the package. */
  @property({ attribute: false }) command: CommandResource | undefined;
  /** Whether the person may send it. */
  @property({ type: Boolean }) allowed = false;
  @state() private busy = false;
  @state() private isCancelling = false;
  readonly #attempt = new Attempt();

  protected override render() {
    const { command, found } = this;
    if (found === undefined) return nothing;
    if (command !== undefined && isOpen(command)) return this.#running(command);
    const canInstall = this.allowed && found.state === "available" && /^https?:\/\//i.test(found.url ?? "");
    return html`${command === undefined ? nothing : this.#ended(command)}
      ${
        canInstall
          ? html`<div>
              <button class="button small primary" ?disabled=${this.busy} @click=${this.#send}>
                ${this.busy ? "Sending…" : `Install ${found.available ?? found.newest}`}
              </button>
            </div>`
          : nothing
      }`;
  }

  #running(command: CommandResource) {
    return html`<div class="line" role="status">
        <a href=${paths.command(command.id)}>${command.state === "issued" ? "Waits for the device" : "Is being installed"}</a>
        ${
          this.allowed
            ? html`<button class="button small" @click=${() => {
                this.isCancelling = true;
              }}>
                Cancel
              </button>`
            : nothing
        }
      </div>
      <fl-command-progress .progress=${command.progress}></fl-command-progress>
      ${
        this.isCancelling
          ? html`<fl-cancel-dialog .command=${command} @closed=${() => {
              this.isCancelling = false;
              this.#sent();
            }}></fl-cancel-dialog>`
          : nothing
      }`;
  }

  #ended(command: CommandResource) {
    const { version = "" } = (command.params ?? {}) as { readonly version?: string };
    return html`<div class="line" role="status">
      ${commandBadge(command.state, true)}
      <a href=${paths.command(command.id)}>Installation of ${version || "the package"}</a>
      <fl-time at=${command.endedAt ?? command.issuedAt}></fl-time>
      ${command.state === "failed" && command.error ? html`<span>${sentence(command.error.message)}</span>` : nothing}
      ${command.state === "expired" ? html`<span>${expiry(command)}</span>` : nothing}
    </div>`;
  }

  #sent(): void {
    this.dispatchEvent(new Event("sent"));
  }

  readonly #send = async (): Promise<void> => {
    const { found, device } = this;
    if (found === undefined || this.busy) return;
    const version = found.available ?? found.newest ?? "";
    const agreed = await confirm({
      heading: `Install ${found.title ?? found.package} ${version}?`,
      body: `${device} downloads and installs it now, or when it connects. It may restart. Now it has ${found.current ?? "an unknown version"}.`,
      action: "Install",
      tone: "primary",
    });
    if (!agreed) return;
    this.busy = true;
    const body = { package: found.package, catalogue: found.catalogue };
    try {
      await sendUpdate(device, body, this.#attempt.keyOf(body));
      this.#attempt.done();
      this.#sent();
    } catch (error) {
      notifyError("The update was not sent", error);
    }
    this.busy = false;
  };
}

/** The device's job goes on after the command's deadline. */
function expiry({ progress, deliveries = 0 }: CommandResource): string {
  if (progress !== undefined) {
    const job = progress.message === undefined ? "" : ` ${sentence(progress.message)}`;
    return `It had not ended at its deadline.${job} The device may still install it: look at its version, or at its jobs in the console.`;
  }
  return deliveries > 0
    ? "The device had not answered at its deadline. It may still install it."
    : "The device did not get the command before its deadline.";
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-update-install": UpdateInstall;
  }
}
