import { OPERATION_CATEGORIES, OPERATION_SOURCES, OPERATIONS, type Operation } from "@fleetlog/protocol/tpedm";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { submitOnEnter } from "../../../components/fields/submit-on-enter.ts";
import type { SchemaForm } from "../../../components/schema-form/schema-form.ts";
import { readJson } from "../../../components/text/json-text.ts";
import { base, buttons, fields } from "../../../styles/shared.ts";
import { type Call, METHODS, openNames, operationOf, pathFault, pathsOf } from "./calls.ts";
import { consoleStyles } from "./styles.ts";
import "../../../components/schema-form/schema-form.ts";
import "../../../components/basic/tabs.ts";

type Faults = Readonly<Partial<Record<"path" | "body", string>>>;

/** Chooses a category and an operation, or any method, path and body. `collect` returns the call. */
@customElement("fl-tpedm-call-form")
export class CallForm extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    consoleStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--space-3);
      }
    `,
  ];

  /** A call to repeat. */
  @property({ attribute: false }) given: Call | undefined;
  @state() private category = OPERATION_CATEGORIES[0]?.id ?? "";
  @state() private method = "GET";
  @state() private path = "";
  @state() private body = "";
  @state() private asForm = false;
  @state() private faults: Faults = {};
  @query("#operation") private readonly operationField!: HTMLSelectElement;
  @query("#path") private readonly pathField!: HTMLInputElement;
  @query("#body") private readonly bodyField!: HTMLTextAreaElement | null;
  @query("fl-schema-form") private readonly form!: SchemaForm | null;

  constructor() {
    super();
    submitOnEnter(this);
  }

  override focus(): void {
    this.operationField.focus();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("given") && this.given) this.#take(this.given);
  }

  /** The call; undefined if a field is invalid, after showing the error. */
  async collect(): Promise<Call | undefined> {
    this.faults = {};
    const { method } = this;
    const path = this.path.trim();
    const fault = pathFault(path);
    if (fault !== undefined) {
      this.faults = { path: fault };
      this.pathField.focus();
      return undefined;
    }
    const body = method === "GET" ? { ok: true as const } : await this.#collectBody();
    if (!body.ok) return undefined;
    return { method, path, ...("value" in body && body.value !== undefined && { body: body.value }) };
  }

  protected override render() {
    const operations = OPERATIONS.filter(({ category }) => category === this.category);
    const { method, path } = this;
    const operation = operationOf({ method, path });
    return html`<fl-tabs
        label="Category"
        .tabs=${OPERATION_CATEGORIES.map(({ id, title }) => ({ key: id, title }))}
        selected=${this.category}
        @select=${(event: CustomEvent<string>) => {
          this.category = event.detail;
        }}
      >
        <div class="field">
          <label for="operation">Operation</label>
          <select id="operation" @change=${this.#chosen}>
            <option value="" .selected=${operation === undefined || !operations.includes(operation)}>Any call</option>
            ${operations.map(
              (one) =>
                html`<option value=${OPERATIONS.indexOf(one)} .selected=${one === operation}>${one.title}</option>`,
            )}
          </select>
        </div>
      </fl-tabs>
      <div class="call">
        <div class="field">
          <label for="method">Method</label>
          <select
            id="method"
            @change=${(event: Event) => {
              this.method = (event.target as HTMLSelectElement).value;
            }}
          >
            ${METHODS.map((one) => html`<option .selected=${one === this.method}>${one}</option>`)}
          </select>
        </div>
        ${this.#path(operation)}
      </div>
      ${this.method === "GET" ? nothing : this.#body(operation)}`;
  }

  #path(operation: Operation | undefined) {
    const choices = openNames(operation?.path ?? "")
      .map((name) => [name, operation?.choices?.[name]] as const)
      .filter(([, values]) => values !== undefined);
    return html`<div class="field">
      <label for="path">Path</label>
      <input
        id="path"
        type="text"
        list="paths"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        placeholder="/device/general"
        .value=${this.path}
        @input=${(event: Event) => {
          this.path = (event.target as HTMLInputElement).value;
        }}
        aria-invalid=${this.faults.path ? "true" : nothing}
        aria-describedby="path-note"
      />
      <datalist id="paths">${pathsOf(this.method).map((path) => html`<option value=${path}></option>`)}</datalist>
      <p class=${this.faults.path ? "fault" : "hint"} id="path-note">
        ${this.faults.path ?? choices.map(([name, values]) => html`${name}: ${values?.join(", ")}. `)}
        ${this.faults.path ? nothing : this.#source(operation)}
      </p>
    </div>`;
  }

  #source(operation: Operation | undefined) {
    const source = OPERATION_SOURCES[operation?.source ?? ""];
    if (source === undefined) return nothing;
    return html`<span class="source">From <a href=${source.url} target="_blank" rel="noreferrer">${source.title}</a></span>`;
  }

  #body(operation: Operation | undefined) {
    const schema = operation?.schema;
    const isForm = this.asForm && schema !== undefined;
    return html`<div class="field">
      <div class="line">
        <label for="body">Body <span class="faint">JSON, optional</span></label>
        ${
          schema === undefined
            ? nothing
            : html`<span class="end"
              ><button type="button" class="button ghost small" aria-pressed=${isForm} @click=${this.#switch}>Form</button></span
            >`
        }
      </div>
      ${
        isForm
          ? html`<fl-schema-form .schema=${schema} .given=${readJson(this.body).value}></fl-schema-form>`
          : html`<textarea
              id="body"
              rows="6"
              spellcheck="false"
              .value=${this.body}
              @input=${(event: Event) => {
                this.body = (event.target as HTMLTextAreaElement).value;
              }}
              aria-invalid=${this.faults.body ? "true" : nothing}
              aria-describedby="body-fault"
            ></textarea>
            <p class="fault" id="body-fault" ?hidden=${!this.faults.body}>${this.faults.body}</p>`
      }
    </div>`;
  }

  async #collectBody(): Promise<{ readonly ok: boolean; readonly value?: unknown }> {
    if (this.form !== null) {
      const outcome = await this.form.collect();
      return outcome.ok ? { ok: true, value: outcome.params } : { ok: false };
    }
    const text = this.body.trim();
    if (text === "") return { ok: true };
    const { value, fault } = readJson(text);
    if (fault === undefined) return { ok: true, value };
    this.faults = { body: fault };
    this.bodyField?.focus();
    return { ok: false };
  }

  #take(call: Call): void {
    this.method = call.method.toUpperCase();
    this.path = call.path;
    this.body = call.body === undefined ? "" : JSON.stringify(call.body, null, 2);
    this.faults = {};
    this.category = operationOf(call)?.category ?? this.category;
  }

  readonly #chosen = (event: Event): void => {
    const operation = OPERATIONS[Number((event.target as HTMLSelectElement).value || Number.NaN)];
    if (operation === undefined) this.path = "";
    else this.#take(operation);
  };

  readonly #switch = async (): Promise<void> => {
    if (this.form !== null) {
      const outcome = await this.form.collect();
      if (outcome.ok) this.body = JSON.stringify(outcome.params, null, 2) ?? "";
    }
    this.asForm = !this.asForm;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-tpedm-call-form": CallForm;
  }
}
