import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { explained, failureLine } from "../../../components/basic/notice.ts";
import { commandBadge } from "../../../components/devices/state-badge.ts";
import { type CommandResource, getCommand, issueCommand, listCommands } from "../../../data/commands.ts";
import type { DeviceDetail } from "../../../data/devices.ts";
import { FEED_VIEWS } from "../../../data/feed/feed.ts";
import { asApiError } from "../../../data/problem.ts";
import { Attempt } from "../../../state/attempt.ts";
import { paths } from "../../../state/paths.ts";
import { Query } from "../../../state/query.ts";
import { store, stored } from "../../../state/storage.ts";
import { base, buttons, cards, fields } from "../../../styles/shared.ts";
import { affects, type DeviceChange } from "../change.ts";
import type { CallForm } from "./call-form.ts";
import {
  answerIn,
  type Call,
  callOf,
  operationOf,
  REST,
  SAVED_KEY,
  savedCalls,
  withCall,
  withoutCall,
} from "./calls.ts";
import { consoleStyles } from "./styles.ts";
import "../../../components/basic/icon.ts";
import "../../../components/basic/json.ts";
import "../../../components/basic/time.ts";
import "./call-form.ts";
import "../../../components/people/by.ts";

const EXPIRIES = {
  "10s": "10 seconds",
  "30s": "30 seconds",
  "1m": "1 minute",
  "10m": "10 minutes",
  "1h": "1 hour",
} as const;
const USUAL_EXPIRY = "1m";
const HISTORY = 20;

/** Sends any call of the device's own REST API, and shows the answer when it comes. */
@customElement("fl-tpedm-console")
export class TpedmConsole extends LitElement {
  static override styles = [base, buttons, cards, fields, consoleStyles];

  @property({ attribute: false }) device!: DeviceDetail;
  @property({ attribute: false }) change: DeviceChange | undefined;
  @state() private given: Call | undefined;
  @state() private saved = savedCalls(stored(SAVED_KEY));
  @state() private sent: string | undefined;
  @state() private busy = false;
  @state() private failure = "";
  @query("fl-tpedm-call-form") private readonly form!: CallForm;
  @query("#expiry") private readonly expiryField!: HTMLSelectElement;
  readonly #attempt = new Attempt();
  readonly #history = new Query(this, {
    args: () => this.device.id,
    load: (device, signal) => listCommands({ device, limit: HISTORY }, signal),
  });
  readonly #answer = new Query(this, {
    args: () => this.sent,
    load: (id, signal) => getCommand(id, signal),
  });

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("change") || !affects(this.change, "command", FEED_VIEWS)) return;
    this.#history.reload();
    if (this.sent !== undefined) this.#answer.reload();
  }

  protected override render() {
    const retired = this.device.status === "retired";
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">REST console</h2></div>
      ${retired ? nothing : this.#form()} ${this.#shownAnswer()} ${this.#savedCalls(retired)} ${this.#calls(retired)}
    </section>`;
  }

  #form() {
    return html`<form class="card-body" @submit=${this.#submit} novalidate>
      <fl-tpedm-call-form .given=${this.given}></fl-tpedm-call-form>
      <div class="buttons">
        <button class="button primary" aria-disabled=${this.busy}>
          <fl-icon name="send"></fl-icon>${this.busy ? "Sending…" : "Send call"}
        </button>
        <button type="button" class="button" @click=${this.#save}>Save call</button>
        <label class="line" for="expiry">
          expires after
          <select id="expiry" class="expiry">
            ${Object.entries(EXPIRIES).map(
              ([value, text]) => html`<option value=${value} .selected=${value === USUAL_EXPIRY}>${text}</option>`,
            )}
          </select>
        </label>
      </div>
      <div role="alert">${failureLine(this.failure)}</div>
    </form>`;
  }

  #shownAnswer() {
    const { data } = this.#answer;
    if (this.sent === undefined || data === undefined) return nothing;
    const call = callOf(data.params);
    const answer = answerIn(data);
    return html`<div class="answer" role="region" aria-label="Answer" aria-live="polite">
      <p class="line">
        ${commandBadge(data.state)} <code>${call?.method} ${call?.path}</code>
        ${answer === undefined ? nothing : html`<strong>${answer.state}</strong>`}
      </p>
      ${
        answer === undefined
          ? html`<p class="quiet">${data.error?.message ?? "The answer shows here when the device has sent it."}</p>`
          : html`<fl-json .value=${answer.payload} what="answer"></fl-json>`
      }
    </div>`;
  }

  #savedCalls(retired: boolean) {
    if (this.saved.length === 0 || retired) return nothing;
    return html`<h3 id="saved">Saved calls</h3>
      <ul aria-labelledby="saved">
        ${this.saved.map(
          (call) => html`<li class="line">
            ${title(call)} ${this.#useButton(call, "Use")}
            <button class="button ghost small" aria-label="Remove ${call.method} ${call.path}" @click=${() => this.#keep(withoutCall(this.saved, call))}>
              Remove
            </button>
          </li>`,
        )}
      </ul>`;
  }

  #calls(retired: boolean) {
    const items = this.#history.data?.items.filter(({ name }) => name === REST) ?? [];
    if (items.length === 0) return nothing;
    return html`<h3 id="calls">Latest calls</h3>
      <ul aria-labelledby="calls">
        ${repeat(
          items,
          ({ id }) => id,
          (command) => this.#past(command, retired),
        )}
      </ul>`;
  }

  #past(command: CommandResource, retired: boolean) {
    const call = callOf(command.params);
    const answer = answerIn(command);
    return html`<li class="line">
      ${commandBadge(command.state, true)} ${answer === undefined ? nothing : html`<strong>${answer.state}</strong>`}
      <a href=${paths.command(command.id)}>${call === undefined ? command.name : title(call)}</a>
      <span class="faint">by <fl-by by=${command.issuedBy}></fl-by>, <fl-time at=${command.issuedAt}></fl-time></span>
      ${call === undefined || retired ? nothing : this.#useButton(call, "Repeat")}
    </li>`;
  }

  #useButton(call: Call, what: "Use" | "Repeat") {
    return html`<span class="end"
      ><button
        type="button"
        class="button ghost small"
        aria-label="${what} ${call.method} ${call.path}"
        @click=${() => {
          this.given = { ...call };
          this.form.focus();
          this.scrollIntoView({ block: "nearest" });
        }}
      >
        ${what}
      </button></span
    >`;
  }

  #keep(calls: readonly Call[]): void {
    this.saved = calls;
    store(SAVED_KEY, JSON.stringify(calls));
  }

  readonly #save = async (): Promise<void> => {
    const call = await this.form.collect();
    if (call !== undefined) this.#keep(withCall(this.saved, call));
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.failure = "";
    try {
      const params = await this.form.collect();
      if (params === undefined) return;
      const body = { name: REST, params, deadline: this.expiryField.value };
      const { id } = await issueCommand(this.device.id, body, this.#attempt.keyOf(body));
      this.#attempt.done();
      this.sent = id;
      this.#history.reload();
    } catch (error) {
      this.failure = `The call was not sent. ${explained(asApiError(error))}`;
    } finally {
      this.busy = false;
    }
  };
}

function title(call: Call) {
  const operation = operationOf(call);
  return html`${operation === undefined ? nothing : html`<span>${operation.title}</span>`} <code>${call.method} ${call.path}</code>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-tpedm-console": TpedmConsole;
  }
}
