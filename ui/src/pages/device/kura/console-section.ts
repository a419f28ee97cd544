import { html, LitElement, nothing } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { commandBadge } from "../../../components/devices/state-badge.ts";
import { type CommandResource, listCommands } from "../../../data/commands.ts";
import { FEED_VIEWS } from "../../../data/feed/feed.ts";
import { Query } from "../../../state/query.ts";
import { base, buttons, fields } from "../../../styles/shared.ts";
import { affects, type DeviceChange } from "../change.ts";
import { sectionStyles } from "./section-styles.ts";
import { Sending } from "./sending.ts";
import "../../../components/basic/time.ts";

const RECENT = 10;
const DEFAULT_TIMEOUT = 60;

interface Output {
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Runs programs on a Kura device, and shows their output. */
@customElement("fl-kura-console")
export class KuraConsole extends LitElement {
  static override styles = [base, buttons, fields, sectionStyles];

  @property() device = "";
  @property({ attribute: false }) change: DeviceChange | undefined;
  @query("#command") private readonly commandField!: HTMLInputElement;
  @query("#timeout") private readonly timeoutField!: HTMLInputElement;
  readonly #runs = new Query<string, Awaited<ReturnType<typeof listCommands>>>(this, {
    args: () => this.device,
    load: (device, signal) => listCommands({ device, name: "exec", limit: RECENT }, signal),
  });
  readonly #sending = new Sending(this, () => this.#runs.reload());

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("change") && affects(this.change, "command", FEED_VIEWS)) this.#runs.reload();
  }

  protected override render() {
    return html`<form novalidate @submit=${this.#run}>
        <div class="field">
          <label for="command">Command</label>
          <input id="command" type="text" class="mono" autocomplete="off" spellcheck="false" maxlength="4096" placeholder="uptime" />
        </div>
        <div class="bar">
          <label for="timeout">Ends after</label>
          <input id="timeout" type="number" min="1" max="86400" value=${DEFAULT_TIMEOUT} style="width: 6rem" />
          <span>seconds at most</span>
          <button class="button primary end" aria-disabled=${this.#sending.busy}>Run</button>
        </div>
      </form>
      <ul class="rows" aria-label="Latest commands">
        ${repeat(
          this.#runs.data?.items ?? [],
          ({ id }) => id,
          (command) => this.#one(command),
        )}
      </ul>`;
  }

  #one({ params, state, issuedAt, result, error }: CommandResource) {
    const { command = "", arguments: args = [] } = (params ?? {}) as { command?: string; arguments?: string[] };
    const { stdout = "", stderr = "" } = (result ?? {}) as Output;
    const output = [stdout, stderr, error?.message ?? ""].filter((text) => text.trim() !== "").join("\n");
    return html`<li>
      <code>${[command, ...args].join(" ")}</code> ${commandBadge(state)}
      <span class="faint end"><fl-time at=${issuedAt}></fl-time></span>
      ${output ? html`<pre tabindex="0" aria-label="Output of ${command}" style="flex-basis: 100%">${output}</pre>` : nothing}
    </li>`;
  }

  readonly #run = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const command = this.commandField.value.trim();
    const timeout = Number(this.timeoutField.value);
    if (command === "") {
      this.commandField.focus();
      return;
    }
    const params = { command, ...(Number.isInteger(timeout) && timeout > 0 && { timeout }) };
    if (await this.#sending.send(this.device, "exec", params)) this.commandField.select();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-kura-console": KuraConsole;
  }
}
