import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { confirm } from "../../components/dialogs/confirm.ts";
import { showSecrets } from "../../components/dialogs/secrets-dialog.ts";
import { type ChannelResource, deleteChannel, listChannels, testChannel } from "../../data/channels.ts";
import { Query } from "../../state/query.ts";
import { hasRole, sessionInfo } from "../../state/session.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { listEntries } from "../../styles/list-entries.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards, tags as tagStyles } from "../../styles/shared.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/time.ts";
import { showChannelDialog } from "./channel-dialog.ts";
import "./deliveries.ts";
import { limitsOf, targetOf, VARIANTS, variantOf } from "./fields.ts";

@customElement("fl-channels-page")
export class ChannelsPage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    pages,
    tagStyles,
    listEntries,
    css`
      .list > li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-3) var(--space-4);
      }
      .list > li + li {
        border-top: 1px solid var(--border);
      }
      .error {
        font-weight: 400;
      }
      fl-channel-deliveries {
        flex: 1 0 100%;
      }
    `,
  ];

  @state() private opened: string | undefined;
  @state() private testing: string | undefined;
  @state() private version = 0;

  readonly #channels = new Query<"channels", readonly ChannelResource[]>(this, {
    args: () => "channels",
    load: (_, signal) => listChannels(signal),
    loaded: () => {
      this.version += 1;
    },
  });
  protected readonly watch = new WatchController(
    this,
    () => ({ topic: "channels" }),
    () => this.#channels.reload(),
  );

  protected override render() {
    const { data, error } = this.#channels;
    const retry = () => this.#channels.reload();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${retry}></fl-error>`;
    return html`<header class="page-head">
        <h1>Channels</h1>
        <span class="quiet" role=${data ? nothing : "status"}>${data ? "" : "Loading…"}</span>
        ${
          hasRole("owner", "admin")
            ? html`<span class="end"
                ><button class="button primary" ?disabled=${!data} @click=${() => this.#edit()}>
                  <fl-icon name="plus"></fl-icon>Add channel
                </button></span
              >`
            : nothing
        }
      </header>
      <p class="quiet">Messages go out by email, SMS or webhook. A webhook can also get the events of your devices.</p>
      ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing}
      ${data?.length ? html`<ul class="card list">${data.map((one) => this.#row(one))}</ul>` : nothing}
      ${
        data?.length === 0
          ? html`<section class="card"><fl-empty icon="send" heading="No channels yet">A channel sends messages to people on duty, or events to a program of yours.</fl-empty></section>`
          : nothing
      }`;
  }

  #row(one: ChannelResource) {
    const { id, account, description, enabled, events } = one;
    const key = keyOf(one);
    const foreign = account === sessionInfo()?.account ? "" : ` in ${account}`;
    const limits = limitsOf(one);
    const isOpen = this.opened === key;
    return html`<li>
      <div class="about">
        <h2>${id}${this.#health(one)}${enabled ? nothing : html`<fl-badge icon="minus">switched off</fl-badge>`}</h2>
        <span>${VARIANTS[variantOf(one)].title}${foreign}: ${targetOf(one)}</span>
        ${limits ? html`<span class="quiet">${limits}</span>` : nothing}
        ${description ? html`<span class="quiet">${description}</span>` : nothing}
        ${this.#refusal(one)}
        ${
          events
            ? html`<span class="quiet">Events: ${events.categories?.join(", ") ?? "all but telemetry"}${(events.tags ?? []).map((tag) => html` <span class="tag">${tag}</span>`)}</span>`
            : nothing
        }
      </div>
      <button class="button" aria-expanded=${isOpen ? "true" : "false"} aria-label="Deliveries of ${id}" @click=${() => this.#toggle(key)}>
        Deliveries
      </button>
      ${
        hasRole("owner", "admin")
          ? html`<button class="button" aria-label="Test ${id}" ?disabled=${this.testing === key} @click=${() => this.#test(one)}>
                ${this.testing === key ? "Sending…" : "Test"}
              </button>
              <button class="button" aria-label="Edit ${id}" @click=${() => this.#edit(one)}>Edit</button>
              <button class="button" aria-label="Delete ${id}" @click=${() => this.#delete(one)}>Delete</button>`
          : nothing
      }
      ${isOpen ? html`<fl-channel-deliveries channel=${id} account=${account} version=${this.version}></fl-channel-deliveries>` : nothing}
    </li>`;
  }

  #health({ health }: ChannelResource) {
    if (health === undefined || health.state === "unused") return nothing;
    const waiting = health.waiting > 0 ? `, ${health.waiting} waiting` : "";
    if (health.state === "working") return html`<fl-badge tone="good" icon="check-circle">working${waiting}</fl-badge>`;
    return html`<fl-badge tone="danger" icon="fail">failing${waiting}</fl-badge>
      <span class="error quiet">${health.error}</span>`;
  }

  /** The limit that devices have reached; nothing after the end of that day (UTC). */
  #refusal({ health: { refusedAt, refusal } = {} as NonNullable<ChannelResource["health"]> }: ChannelResource) {
    if (refusedAt === undefined || !refusedAt.startsWith(new Date().toISOString().slice(0, 10))) return nothing;
    return html`<span>
      <fl-badge tone="warning" icon="alert">limit reached</fl-badge>
      <span class="quiet"><fl-time at=${refusedAt}></fl-time>: ${refusal}. More are not sent today.</span>
    </span>`;
  }

  #toggle(key: string): void {
    this.opened = this.opened === key ? undefined : key;
  }

  async #edit(channel?: ChannelResource): Promise<void> {
    const saved = await showChannelDialog(channel);
    if (saved === undefined) return;
    this.#channels.reload();
    if (saved.secret === undefined) return;
    const note = "The receiver checks signatures with it. It is shown only once.";
    await showSecrets({ heading: `Key of ${saved.id}`, note, secrets: { "Signing key": saved.secret } });
  }

  async #test(one: ChannelResource): Promise<void> {
    this.testing = keyOf(one);
    try {
      const { state: outcome, reason } = await testChannel(one);
      if (outcome === "sent") notify("good", `${one.id} has sent the test`);
      else notify("danger", `The test of ${one.id} was not sent: ${reason ?? "nothing is known yet"}`);
    } catch (error) {
      notifyError(`${one.id} could not be tested`, error);
    }
    this.testing = undefined;
    this.#channels.reload();
  }

  async #delete(one: ChannelResource): Promise<void> {
    const body = "Its secrets are deleted, and waiting messages are given up.";
    if (!(await confirm({ heading: `Delete ${one.id}?`, body, action: "Delete channel" }))) return;
    try {
      await deleteChannel(one);
      notify("good", `${one.id} is deleted`);
    } catch (error) {
      notifyError(`${one.id} could not be deleted`, error);
    }
    this.#channels.reload();
  }
}

function keyOf({ id, account }: ChannelResource): string {
  return `${account}/${id}`;
}
