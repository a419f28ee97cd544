import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { explained, failureLine } from "../../components/basic/notice.ts";
import type { ChosenGroup } from "../../components/definitions/group-select.ts";
import { fromLocal, toLocal } from "../../components/text/local-time.ts";
import { zone } from "../../components/text/times.ts";
import type { ApiError } from "../../data/problem.ts";
import { base, buttons, cards, fields, stacked } from "../../styles/shared.ts";
import { packagesIn } from "./catalogue.ts";
import { EXAMPLE, EXAMPLE_CATALOGUE } from "./examples.ts";
import { type Kind, kindOf, NO_SETTINGS, type Settings } from "./settings.ts";
import "../../components/fields/code-editor.ts";
import "../../components/definitions/group-select.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/spelled-time.ts";
import "./catalogue-field.ts";
import "./presence-fields.ts";

const MOST_CHARACTERS = { categories: 512, catalogue: 128, device: 128 };
/** The settings' names in errors of the API. */
const OWN_FIELDS = ["presence.lease", "presence.timeout", "projection.code", "projection.categories", "scan.catalogue"];

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
      .button {
        justify-self: start;
      }
    `,
  ];

  /** The settings in the URL. */
  @property({ attribute: false }) settings: Settings = NO_SETTINGS;
  /** Why the last trial could not begin. */
  @property({ attribute: false }) error: ApiError | undefined;
  @property({ type: Boolean }) busy = false;
  @state() private typed: Settings = NO_SETTINGS;
  @state() private fault = "";
  /** Why the catalogue can't be read. */
  @state() private packagesFault = "";
  #shown = "";

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("error")) this.fault = "";
    const shown = JSON.stringify(this.settings);
    if (shown === this.#shown) return;
    this.#shown = shown;
    // Code that is too long is not in the URL: the typed code stays.
    const { code, packages } = this.settings;
    this.typed = {
      ...this.settings,
      code: code || this.typed.code || EXAMPLE,
      packages: packages || this.typed.packages || EXAMPLE_CATALOGUE,
    };
  }

  protected override render() {
    return html`<form class="card" aria-label="Settings to try" novalidate @submit=${this.#submit}>
      <div class="card-body">
        <div class="fields">
          ${this.#kind()} ${this.#own()}
        </div>
        ${kindOf(this.typed) === "projection" ? this.#code() : nothing} ${kindOf(this.typed) === "scan" ? this.#packages() : nothing}
        <div class="fields">
          ${kindOf(this.typed) === "scan" ? nothing : this.#time("from", "From", `In ${zone}. Default: a day before the end`)}
          ${this.#time("to", kindOf(this.typed) === "scan" ? "As of" : "To", `In ${zone}. Default: now`)}
          ${this.#text("device", "Device", "Default: all")} ${this.#group()}
        </div>
        ${this.#failure()}
        <button class="button primary" ?disabled=${this.busy}>${this.busy ? "Starting…" : "Try"}</button>
      </div>
    </form>`;
  }

  #kind() {
    return html`<div class="field">
      <label for="try">Try</label>
      <select
        id="try"
        @change=${(event: Event) => {
          const kind = (event.target as HTMLSelectElement).value as Kind;
          this.#set({ try: kind === "presence" ? "" : kind });
        }}
      >
        <option value="presence" .selected=${kindOf(this.typed) === "presence"}>Settings of presence</option>
        <option value="scan" .selected=${kindOf(this.typed) === "scan"}>A scan with another catalogue</option>
        <option value="projection" .selected=${kindOf(this.typed) === "projection"}>A projection of your own</option>
      </select>
    </div>`;
  }

  #own() {
    const own = {
      presence: () => this.#presence(),
      projection: () => this.#categories(),
      scan: () => this.#text("catalogue", "Catalogue that it replaces", "A name. Default: all of the account"),
    };
    return own[kindOf(this.typed)]();
  }

  #presence() {
    return html`<fl-presence-fields
      lease=${this.typed.lease}
      timeout=${this.typed.timeout}
      .faults=${{ lease: this.#faultOf("lease"), timeout: this.#faultOf("timeout") }}
      @edit=${({ detail }: CustomEvent<Partial<Settings>>) => this.#set(detail)}
    ></fl-presence-fields>`;
  }

  #categories() {
    return this.#text("categories", "Categories of events", "Such as session, command. Default: all device categories");
  }

  #code() {
    const fault = this.#faultOf("code");
    return html`<div class="field">
      <fl-code-editor
        label="Code of the projection"
        placeholder="function evolve(row, event) { … }"
        .text=${this.typed.code}
        ?faulty=${fault !== ""}
        @edit=${({ detail }: CustomEvent<string>) => this.#set({ code: detail })}
        @run=${this.#submit}
      ></fl-code-editor>
      ${
        fault
          ? html`<p class="fault" role="alert">${fault}</p>`
          : html`<p class="hint">
              JavaScript with <code>evolve(row, event)</code>, which returns the row after the event: undefined keeps the row, null
              removes it. There is one row for each device, or for each key that <code>keyOf(event)</code> returns. The code has no
              network, clock or random numbers.
            </p>`
      }
    </div>`;
  }

  #packages() {
    const fault = this.packagesFault || this.#packagesRefused();
    return html`<fl-catalogue-field
      .text=${this.typed.packages}
      fault=${fault}
      @edit=${({ detail }: CustomEvent<string>) => {
        this.packagesFault = "";
        this.#set({ packages: detail });
      }}
      @run=${this.#submit}
    ></fl-catalogue-field>`;
  }

  /** The error of a field of a package; "" if there is none. */
  #packagesRefused(): string {
    const { error } = this;
    return error?.field?.startsWith("scan.packages") ? `${error.field.slice("scan.".length)}: ${explained(error)}` : "";
  }

  #text(name: keyof typeof MOST_CHARACTERS, label: string, hint: string) {
    const fault = this.#faultOf(name);
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        maxlength=${MOST_CHARACTERS[name]}
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
      <p class=${fault ? "fault" : "hint"} id="${name}-hint">${fault || (isSequence ? `After event #${value}` : html`<fl-spelled-time for=${name}>${hint}</fl-spelled-time>`)}</p>
    </div>`;
  }

  #group() {
    const { group, account, device } = this.typed;
    // The call takes a group or a device, not both.
    if (device !== "") return nothing;
    return html`<fl-group-select
      labelled
      group=${group}
      account=${account}
      @group=${({ detail }: CustomEvent<ChosenGroup>) => this.#set(detail)}
    ></fl-group-select>`;
  }

  /** The failure, unless a field shows it. */
  #failure() {
    const { error } = this;
    if (this.fault) return failureLine(this.fault);
    if (this.#packagesRefused() !== "") return nothing;
    const isShown = error !== undefined && ![...OWN_FIELDS, "from", "to", "device"].includes(error.field ?? "");
    return isShown ? failureLine(explained(error)) : nothing;
  }

  #faultOf(name: keyof Settings): string {
    const { field = "" } = this.error ?? {};
    const own = OWN_FIELDS.includes(field) ? field.slice(field.indexOf(".") + 1) : field;
    return this.error !== undefined && own === name ? explained(this.error) : "";
  }

  #set(patch: Partial<Settings>): void {
    this.typed = { ...this.typed, ...patch };
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    if (this.busy) return;
    const kind = kindOf(this.typed);
    const { lease, timeout, code, categories, catalogue, packages, from, device } = this.typed;
    this.packagesFault = kind === "scan" ? faultIn(packages) : "";
    this.fault =
      (kind === "presence" && lease === "" && timeout === "" && "Enter a lease or a time-out.") ||
      (kind === "projection" && code.trim() === "" && "Enter the code of a projection.") ||
      "";
    if (this.fault || this.packagesFault) return;
    const detail: Settings = {
      ...{ ...NO_SETTINGS, try: this.typed.try, to: this.typed.to, device },
      ...(kind === "presence" && { lease, timeout }),
      ...(kind === "projection" && { code, categories }),
      ...(kind === "scan" ? { catalogue, packages } : { from }),
      ...(device === "" && { group: this.typed.group, account: this.typed.account }),
    };
    this.dispatchEvent(new CustomEvent("try", { detail }));
  };
}

function faultIn(packages: string): string {
  try {
    packagesIn(packages);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-trial-form": TrialForm;
  }
}
