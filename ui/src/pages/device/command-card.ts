import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { actionsOf } from "../../components/commands/actions.ts";
import type { CommandForm, Template } from "../../components/commands/command-form.ts";
import { issueCommand, listCommands } from "../../data/commands.ts";
import type { DeviceDetail } from "../../data/devices.ts";
import { FEED_VIEWS } from "../../data/feed/feed.ts";
import { Attempt } from "../../state/attempt.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { WatchController } from "../../state/watch.ts";
import { base, buttons, cardHost, cards, stacked } from "../../styles/shared.ts";
import { affects, type DeviceChange } from "./change.ts";
import "../../components/basic/icon.ts";
import "../../components/commands/command-form.ts";
import "../../components/commands/command-item.ts";
import "../../components/basic/notice.ts";

const RECENT = 5;

@customElement("fl-command-card")
export class CommandCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cardHost,
    cards,
    stacked,
    css`
      ul {
        border-top: 1px solid var(--border);
      }
      li {
        padding: var(--space-3) var(--space-4);
      }
      li + li {
        border-top: 1px solid var(--border);
      }
    `,
  ];

  @property({ attribute: false }) device!: DeviceDetail;
  @property({ attribute: false }) change: DeviceChange | undefined;
  @state() private template: Template | undefined;
  @state() private busy = false;
  /** The id of the command that this card has issued last. The views may not have it yet. */
  @state() private issued: string | undefined;
  @query("fl-command-form") private readonly form!: CommandForm;
  readonly #attempt = new Attempt();
  readonly #recent = new Query(this, {
    args: () => this.device.id,
    load: (device, signal) => listCommands({ device, limit: RECENT }, signal),
  });

  constructor() {
    super();
    // Also watches the commands: the hint about the device's events may come before the views have the commands.
    new WatchController(
      this,
      () => {
        const ids = this.#recent.data?.items.map(({ id }) => id) ?? [];
        const keys = [...new Set(this.issued === undefined ? ids : [...ids, this.issued])];
        return keys.length > 0 ? { topic: "commands", keys } : undefined;
      },
      () => this.#recent.reload(),
    );
  }

  override focus(): void {
    this.form.renderRoot.querySelector<HTMLElement>("select, input")?.focus();
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("change") && affects(this.change, "command", FEED_VIEWS)) this.#recent.reload();
  }

  protected override render() {
    const retired = this.device.status === "retired";
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head">
        <h2 id="heading">Commands</h2>
        <a class="end" href=${paths.commandsOf(this.device.id)}>Show all</a>
      </div>
      ${retired ? nothing : this.#form()} ${this.#list(retired)}
    </section>`;
  }

  #form() {
    return html`<form class="card-body" @submit=${this.#submit} novalidate>
      <fl-command-form .actions=${actionsOf(this.device.profile)} .template=${this.template}></fl-command-form>
      <button class="button primary" aria-disabled=${this.busy}>
        <fl-icon name="send"></fl-icon>${this.busy ? "Sending…" : "Send command"}
      </button>
    </form>`;
  }

  #list(retired: boolean) {
    const { data, error } = this.#recent;
    if (error && !data) return html`<fl-error .error=${error} @retry=${() => this.#recent.reload()}></fl-error>`;
    if (retired && data?.items.length === 0) return html`<p class="card-body quiet">It was never sent a command.</p>`;
    if (!data || data.items.length === 0) return nothing;
    return html`<ul aria-label="Latest commands">
      ${repeat(
        data.items,
        ({ id }) => id,
        (command) => html`<li>
          <fl-command-item
            .command=${command}
            ?repeatable=${!retired}
            @repeat=${this.#repeat}
            @cancelled=${() => this.#recent.reload()}
          ></fl-command-item>
        </li>`,
      )}
    </ul>`;
  }

  readonly #repeat = (event: CustomEvent<Template>): void => {
    this.template = event.detail;
    this.focus();
    this.scrollIntoView({ block: "nearest" });
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    try {
      const body = await this.form.collect();
      if (body === undefined) return;
      this.issued = (await issueCommand(this.device.id, body, this.#attempt.keyOf(body))).id;
      this.#attempt.done();
      this.#recent.reload();
    } catch (error) {
      this.form.refused(error);
    } finally {
      this.busy = false;
    }
  };
}
