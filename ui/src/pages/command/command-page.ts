import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { copyAndNotify } from "../../components/basic/copy.ts";
import { commandBadge } from "../../components/devices/state-badge.ts";
import { type CommandDetail, getCommand, isOpen } from "../../data/commands.ts";
import { type DeviceResource, deviceRows } from "../../data/devices.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { mayReadHistory } from "../../state/session.ts";
import { Shortcuts } from "../../state/shortcuts.ts";
import { WatchController } from "../../state/watch.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons } from "../../styles/shared.ts";
import type { ChainCard } from "./chain-card.ts";
import { commandStyles } from "./styles.ts";
import "../../components/basic/back.ts";
import "../../components/basic/loading.ts";
import "../../components/commands/cancel-dialog.ts";
import "../../components/commands/command-progress.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "./chain-card.ts";
import "./facts-card.ts";
import "./figures.ts";
import "./repeat-dialog.ts";

@customElement("fl-command-page")
export class CommandPage extends LitElement {
  static override styles = [base, buttons, pages, commandStyles];

  @property() command = "";
  @state() private dialog: "none" | "cancel" | "repeat" = "none";
  @query("fl-chain-card") private readonly chain!: ChainCard | null;
  readonly #detail = new Query<string, CommandDetail>(this, {
    args: () => this.command || undefined,
    load: getCommand,
    loaded: ({ name }) => {
      document.title = `${name} · Fleetlog`;
    },
  });
  readonly #device = new Query<string, DeviceResource | undefined>(this, {
    args: () => this.#detail.data?.device,
    load: async (id, signal) => (await deviceRows([id], signal))[0],
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => (this.command ? { topic: "commands", keys: [this.command] } : undefined),
      () => this.#detail.reload(),
    );
    new WatchController(
      this,
      () => (this.#detail.data ? { topic: "devices", keys: [this.#detail.data.device] } : undefined),
      () => this.#device.reload(),
    );
    const group = "Command";
    new Shortcuts(this, [
      { keys: "x", does: "Cancel it", group, run: () => this.#cancel() },
      { keys: "r", does: "Repeat it", group, run: () => this.#repeat() },
      { keys: "e", does: "Show or hide raw events", group, run: () => this.chain?.toggleAll() },
      { keys: "y", does: "Copy the id", group, run: () => void copyAndNotify(this.command, "command id") },
    ]);
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("command")) this.dialog = "none";
  }

  protected override render() {
    const { data, error } = this.#detail;
    if (error?.code === "command-unknown") return this.#unknown();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${() => this.#detail.reload()}></fl-error>`;
    if (!data) return html`<fl-loading></fl-loading>`;
    return html`<header>
        <fl-back to=${paths.commands}>Commands</fl-back>
        <div class="page-head">
          <h1>${data.name}</h1>
          <span role="status">${commandBadge(data.state)}</span>
          <span class="end">${this.#actions(data)}</span>
        </div>
        <p class="quiet">for <a href=${paths.device(data.device)}>${data.device}</a></p>
      </header>
      ${error ? html`<fl-error inline .error=${error} @retry=${() => this.#detail.reload()}></fl-error>` : nothing}
      <fl-command-figures .command=${data}></fl-command-figures>
      ${data.progress ? html`<fl-command-progress .progress=${data.progress}></fl-command-progress>` : nothing}
      <div class="columns">
        <fl-chain-card .command=${data}></fl-chain-card>
        <fl-facts-card .command=${data} .device=${this.#device.data}></fl-facts-card>
      </div>
      ${this.#dialog(data)}`;
  }

  #actions(command: CommandDetail) {
    const retired = this.#device.data?.status === "retired";
    return html`${
      mayReadHistory()
        ? html`<a class="button" href=${paths.chain(command.id)}><fl-icon name="history"></fl-icon>Cause and effect</a>`
        : nothing
    }
    ${
      isOpen(command)
        ? html`<button class="button" @click=${this.#cancel}><fl-icon name="ban"></fl-icon>Cancel</button>`
        : nothing
    }
    ${
      retired
        ? html`<span class="faint">${command.device} is retired</span>`
        : html`<button class="button" @click=${this.#repeat}><fl-icon name="repeat"></fl-icon>Repeat</button>`
    }`;
  }

  #dialog(command: CommandDetail) {
    const closed = () => {
      this.dialog = "none";
      this.#detail.reload();
    };
    if (this.dialog === "cancel")
      return html`<fl-cancel-dialog .command=${command} @closed=${closed}></fl-cancel-dialog>`;
    if (this.dialog === "repeat")
      return html`<fl-repeat-dialog .command=${command} @closed=${closed}></fl-repeat-dialog>`;
    return nothing;
  }

  #unknown() {
    return html`<fl-empty alone icon="commands" heading="There is no such command">
      No command was ever issued with the id ${this.command}.
      <a slot="action" class="button primary" href=${paths.commands}>See all commands</a>
    </fl-empty>`;
  }

  readonly #cancel = (): void => {
    if (this.#detail.data && isOpen(this.#detail.data)) this.dialog = "cancel";
  };

  readonly #repeat = (): void => {
    if (this.#detail.data && this.#device.data?.status !== "retired") this.dialog = "repeat";
  };
}
