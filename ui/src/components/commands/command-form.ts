import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import type { IssueCommandBody } from "../../data/commands.ts";
import { asApiError, isTransient } from "../../data/problem.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { explained, failureLine } from "../basic/notice.ts";
import { submitOnEnter } from "../fields/submit-on-enter.ts";
import { rootOf } from "../schema-form/schema.ts";
import type { SchemaForm } from "../schema-form/schema-form.ts";
import { canHold } from "../schema-form/values.ts";
import { readJson } from "../text/json-text.ts";
import type { Action } from "./actions.ts";
import "../basic/icon.ts";
import "../schema-form/schema-form.ts";

/** Value of the choice "Another command…". Names of commands have no blanks, so it is not the name of an action. */
export const UNDECLARED = " undeclared";
const DEADLINES = {
  "30s": "30 seconds",
  "10m": "10 minutes",
  "1h": "1 hour",
  "24h": "1 day",
  "168h": "1 week",
} as const;
/** Long enough for a short loss of coverage, too short for a surprisingly late execution. */
const DEFAULT_DEADLINE = "10m";

/** Initial values, for a repeated command. */
export interface Template {
  readonly name: string;
  readonly params?: unknown;
}

type FormField = "name" | "params" | "reason";
/** Error texts by field; `form` has the error without a field. */
type Faults = Readonly<Partial<Record<FormField | "form", string>>>;

/**
 * A form for a command, whether the device declares it or not; `collect` returns the command. Event `named`: the name
 * as chosen or typed so far.
 */
@customElement("fl-command-form")
export class CommandForm extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-3);
      }
      .hint,
      .fault {
        overflow-wrap: anywhere;
      }
      textarea {
        font-family: var(--mono);
        font-size: var(--size-small);
      }
      [role="alert"]:empty {
        display: none;
      }
      details {
        color: var(--text-quiet);
      }
      summary {
        width: fit-content;
        cursor: pointer;
        font-size: var(--size-small);
      }
      .more {
        display: grid;
        gap: var(--space-3);
        padding-top: var(--space-3);
        color: var(--text);
      }
    `,
  ];

  @property({ attribute: false }) actions: readonly Action[] = [];
  @property({ attribute: false }) template: Template | undefined;
  @state() private chosen = "";
  @state() private faults: Faults = {};
  #picked = false;
  @query("fl-schema-form") private readonly form!: SchemaForm | null;
  @query("#name") private readonly nameField!: HTMLInputElement | null;
  @query("#params") private readonly paramsField!: HTMLTextAreaElement | null;
  @query("#deadline") private readonly deadlineField!: HTMLSelectElement;
  @query("#reason") private readonly reasonField!: HTMLInputElement;
  @query("details") private readonly details!: HTMLDetailsElement;

  constructor() {
    super();
    submitOnEnter(this);
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const known = this.actions.some(({ name }) => name === this.chosen);
    if (changed.has("template") && this.template) {
      const { name, params } = this.template;
      const action = this.actions.find((one) => one.name === name);
      this.chosen = action && canHold(rootOf(action.schema), params) ? name : UNDECLARED;
    } else if (changed.has("actions") && !known && !this.#undeclaredInUse())
      this.chosen = this.actions[0]?.name ?? UNDECLARED;
  }

  /** Whether the fields of an undeclared command are in use. Then they are not replaced when declared commands arrive. */
  #undeclaredInUse(): boolean {
    if (this.chosen !== UNDECLARED) return false;
    return this.#picked || this.template !== undefined || !!this.nameField?.value || !!this.paramsField?.value;
  }

  /** Shows beside the field concerned why the gateway refused the collected command. */
  refused(thrown: unknown): void {
    const error = asApiError(thrown);
    const { field = "" } = error;
    const text = explained(error);
    const about = (
      [
        ["name", this.nameField],
        ["params", this.paramsField],
        ["reason", this.reasonField],
      ] as const
    ).find(([name, element]) => element !== null && new RegExp(`^${name}\\b`).test(field));
    if (about === undefined) {
      // Without an answer the command may or may not exist. A repetition has the same idempotency key.
      const form = isTransient(error)
        ? `The command may not have been sent. ${text} Sending it again issues it only once.`
        : `The command was not sent. ${text}`;
      this.faults = { form };
      return;
    }
    const [name, element] = about;
    if (name === "reason") this.details.open = true;
    this.faults = { [name]: text };
    element?.focus();
  }

  /** The command to issue; undefined if a field is invalid, after showing the error. */
  async collect(): Promise<IssueCommandBody | undefined> {
    this.faults = {};
    const body = this.chosen === UNDECLARED ? this.#undeclared() : await this.#declared();
    if (body === undefined) return undefined;
    const [deadline, reason] = [this.deadlineField.value, this.reasonField.value.trim()];
    return { ...body, deadline, ...(reason && { reason }) };
  }

  protected override render() {
    const action = this.actions.find(({ name }) => name === this.chosen);
    return html`${this.actions.length > 0 ? this.#choice() : nothing}
      ${action ? this.#action(action) : this.#undeclaredFields()}
      <details>
        <summary>Deadline and reason</summary>
        <div class="more">
          <div class="field">
            <label for="deadline">Give up after</label>
            <select id="deadline">
              ${Object.entries(DEADLINES).map(
                ([value, text]) =>
                  html`<option value=${value} .selected=${value === DEFAULT_DEADLINE}>${text}</option>`,
              )}
            </select>
          </div>
          <div class="field">
            <label for="reason">Reason <span class="faint">optional</span></label>
            <input
              id="reason"
              type="text"
              autocomplete="off"
              placeholder="Kept in the history"
              aria-invalid=${this.faults.reason ? "true" : nothing}
              aria-describedby="reason-fault"
            />
            <p class="fault" id="reason-fault" ?hidden=${!this.faults.reason}>${this.faults.reason}</p>
          </div>
        </div>
      </details>
      <div role="alert">${failureLine(this.faults.form)}</div>`;
  }

  #choice() {
    return html`<div class="field">
      <label for="action">Command</label>
      <select
        id="action"
        @change=${(event: Event) => {
          this.chosen = (event.target as HTMLSelectElement).value;
          this.#picked = true;
          this.faults = {};
          void this.updateComplete.then(this.#named);
        }}
      >
        ${this.actions.map(
          ({ name, title }) => html`<option value=${name} .selected=${name === this.chosen}>${title}</option>`,
        )}
        <option value=${UNDECLARED} .selected=${this.chosen === UNDECLARED}>Another command…</option>
      </select>
    </div>`;
  }

  readonly #named = (): void => {
    const name = this.chosen === UNDECLARED ? (this.nameField?.value.trim() ?? "") : this.chosen;
    this.dispatchEvent(new CustomEvent("named", { detail: name }));
  };

  #action({ name, description, schema }: Action) {
    const given = this.template?.name === name ? this.template.params : undefined;
    return html`${description ? html`<p class="hint">${description}</p>` : nothing}
      ${keyed(name, html`<fl-schema-form .schema=${schema} .given=${given}></fl-schema-form>`)}`;
  }

  #undeclaredFields() {
    const { name, params } = this.template ?? {};
    const { faults } = this;
    return html`<div class="field">
        <label for="name">Name</label>
        <input
          id="name"
          type="text"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          placeholder="reboot"
          .value=${name ?? ""}
          @input=${this.#named}
          aria-invalid=${faults.name ? "true" : nothing}
          aria-describedby="name-fault"
        />
        <p class="fault" id="name-fault" ?hidden=${!faults.name}>${faults.name}</p>
      </div>
      <div class="field">
        <label for="params">Parameters <span class="faint">JSON, optional</span></label>
        <textarea
          id="params"
          rows="3"
          spellcheck="false"
          placeholder='{"seconds": 10}'
          .value=${params === undefined ? "" : JSON.stringify(params, null, 2)}
          aria-invalid=${faults.params ? "true" : nothing}
          aria-describedby="params-fault"
        ></textarea>
        <p class="fault" id="params-fault" ?hidden=${!faults.params}>${faults.params}</p>
      </div>`;
  }

  async #declared(): Promise<IssueCommandBody | undefined> {
    const name = this.chosen;
    const outcome = await this.form?.collect();
    if (!outcome?.ok) return undefined;
    const { params } = outcome;
    const none = typeof params === "object" && params !== null && Object.keys(params).length === 0;
    return { name, ...(!none && params !== undefined && { params }) };
  }

  #undeclared(): IssueCommandBody | undefined {
    const name = this.nameField?.value.trim() ?? "";
    const text = this.paramsField?.value.trim() ?? "";
    const { value: params, fault } = text === "" ? { value: undefined, fault: undefined } : readJson(text);
    this.faults = { ...(name === "" && { name: "A command needs a name." }), ...(fault && { params: fault }) };
    if (this.faults.name) this.nameField?.focus();
    else if (this.faults.params) this.paramsField?.focus();
    else return { name, ...(text !== "" && { params }) };
    return undefined;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-command-form": CommandForm;
  }
}
