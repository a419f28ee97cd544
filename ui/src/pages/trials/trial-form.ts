import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ChosenGroup } from "../../components/group-select.ts";
import { fromLocal, toLocal } from "../../components/local-time.ts";
import { explained, failureLine } from "../../components/notice.ts";
import type { ApiError } from "../../data/problem.ts";
import { base, buttons, cards, fields, stacked } from "../../styles/shared.ts";
import { NO_SETTINGS, type Settings } from "./settings.ts";
import "../../components/group-select.ts";
import "../../components/icon.ts";

/** The settings of a trial. Event `try` ({@link Settings}). */
@customElement("fl-trial-form")
export class TrialForm extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    fields,
    stacked,
    css`
      .fields {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(13rem, 100%), 1fr));
        align-items: start;
        gap: var(--space-3);
      }
      /* Beside fields with a name above them. */
      fl-group-select {
        margin-top: 1.4375rem;
      }
      @media (max-width: 47.99rem) {
        fl-group-select {
          margin-top: 0;
        }
      }
      .button {
        justify-self: start;
      }
    `,
  ];

  /** Of the URL. */
  @property({ attribute: false }) settings: Settings = NO_SETTINGS;
  /** Why the last trial could not begin. */
  @property({ attribute: false }) error: ApiError | undefined;
  @property({ type: Boolean }) busy = false;
  @state() private typed: Settings = NO_SETTINGS;
  @state() private fault = "";
  #shown = "";

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("error")) this.fault = "";
    const shown = JSON.stringify(this.settings);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.typed = this.settings;
  }

  protected override render() {
    return html`<form class="card" aria-label="Settings to try" novalidate @submit=${this.#submit}>
      <div class="card-body">
        <div class="fields">
          ${this.#text("lease", "Lease of gateways", "Such as 60s. A dead gateway is lost after about two of it")}
          ${this.#text("timeout", "Time-out of devices", "Such as 90s. Silence after which a device counts as disconnected")}
          ${this.#time("from", "From", "Default: a day before the end")} ${this.#time("to", "To", "Default: now")}
          ${this.#text("device", "Device", "Default: all")} ${this.#group()}
        </div>
        ${this.#failure()}
        <button class="button primary" ?disabled=${this.busy}>${this.busy ? "Starting…" : "Try"}</button>
      </div>
    </form>`;
  }

  #text(name: "lease" | "timeout" | "device", label: string, hint: string) {
    const fault = this.#faultOf(name);
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        maxlength=${name === "device" ? 128 : 24}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        .value=${this.typed[name]}
        aria-invalid=${fault ? "true" : nothing}
        aria-describedby="${name}-hint"
        @input=${(event: Event) => this.#set({ [name]: (event.target as HTMLInputElement).value.trim() })}
      />
      <p class=${fault ? "fault" : "hint"} id="${name}-hint">${fault || hint}</p>
    </div>`;
  }

  #time(name: "from" | "to", label: string, hint: string) {
    const fault = this.#faultOf(name);
    const value = this.typed[name];
    const isSequence = /^\d+$/.test(value);
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        type="datetime-local"
        .value=${isSequence ? "" : toLocal(value)}
        aria-invalid=${fault ? "true" : nothing}
        aria-describedby="${name}-hint"
        @change=${(event: Event) => this.#set({ [name]: fromLocal((event.target as HTMLInputElement).value) })}
      />
      <p class=${fault ? "fault" : "hint"} id="${name}-hint">${fault || (isSequence ? `After event #${value}` : hint)}</p>
    </div>`;
  }

  #group() {
    const { group, account, device } = this.typed;
    // The call takes a group or a device.
    if (device !== "") return nothing;
    return html`<fl-group-select
      label="Group"
      group=${group}
      account=${account}
      @group=${({ detail }: CustomEvent<ChosenGroup>) => this.#set(detail)}
    ></fl-group-select>`;
  }

  /** Unless it is of one field. */
  #failure() {
    const { error } = this;
    if (this.fault) return failureLine(this.fault);
    const isShown =
      error !== undefined &&
      !["presence.lease", "presence.timeout", "from", "to", "device"].includes(error.field ?? "");
    return isShown ? failureLine(explained(error)) : nothing;
  }

  #faultOf(name: keyof Settings): string {
    const { field = "" } = this.error ?? {};
    return this.error !== undefined && field.replace("presence.", "") === name ? explained(this.error) : "";
  }

  #set(patch: Partial<Settings>): void {
    this.typed = { ...this.typed, ...patch };
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    const { lease, timeout, device } = this.typed;
    this.fault = lease === "" && timeout === "" ? "Enter a lease or a time-out." : "";
    if (this.fault) return;
    const detail = device === "" ? this.typed : { ...this.typed, group: "", account: "" };
    this.dispatchEvent(new CustomEvent("try", { detail }));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-trial-form": TrialForm;
  }
}
