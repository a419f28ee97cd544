import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { base, fields as fieldStyles } from "../../styles/shared.ts";
import { type Field, fieldsOf, type Schema, sayDifferent } from "./schema.ts";
import { collect, initial, type Typed } from "./values.ts";

/** Fields for the parameters that a JSON Schema describes. Ask it by {@link SchemaForm.collect}. */
@customElement("fl-schema-form")
export class SchemaForm extends LitElement {
  static override styles = [
    base,
    fieldStyles,
    css`
      :host {
        display: grid;
        gap: var(--space-3);
      }
      .flag {
        display: flex;
        align-items: flex-start;
        gap: var(--space-2);
      }
      .flag input {
        margin-top: 0.15rem;
      }
      .flag span {
        font-weight: 500;
      }
      textarea {
        font-family: var(--mono);
        font-size: var(--size-small);
      }
    `,
  ];

  /** A new object of the same content changes nothing: what has been typed stays when its device is read again. */
  @property({ attribute: false, hasChanged: sayDifferent }) schema: Schema | undefined;
  /** Parameters to begin with, such as those of a command that is repeated. */
  @property({ attribute: false }) given: Readonly<Record<string, unknown>> | undefined;
  @state() private typed: Typed = {};
  @state() private faults: Readonly<Record<string, string>> = {};
  #fields: readonly Field[] = [];

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("schema") && !changed.has("given")) return;
    this.#fields = fieldsOf(this.schema);
    this.typed = initial(this.#fields, this.given);
    this.faults = {};
  }

  /** The parameters; undefined if something is wrong, which the form shows then. */
  collect(): Readonly<Record<string, unknown>> | undefined {
    const outcome = collect(this.#fields, this.typed);
    if (outcome.ok) return outcome.params;
    this.faults = outcome.faults;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
    return undefined;
  }

  protected override render() {
    return this.#fields.map((field) => (field.kind === "flag" ? this.#flag(field) : this.#field(field)));
  }

  #field(field: Field) {
    const { name, title, schema, required } = field;
    const fault = this.faults[name];
    return html`<div class="field">
      <label for=${name}>${title}${required ? nothing : html` <span class="faint">optional</span>`}</label>
      ${this.#control(field)} ${fault ? html`<p class="fault" id="fault-${name}">${fault}</p>` : nothing}
      ${fault || !schema.description ? nothing : html`<p class="hint">${schema.description}</p>`}
    </div>`;
  }

  #control(field: Field) {
    const { name, kind, schema, required } = field;
    const invalid = this.faults[name] ? "true" : nothing;
    const described = this.faults[name] ? `fault-${name}` : nothing;
    const value = String(this.typed[name] ?? "");
    const typed = (event: Event) => this.#type(name, (event.target as HTMLInputElement).value);
    if (kind === "choice") {
      return html`<select id=${name} aria-invalid=${invalid} aria-describedby=${described} @change=${typed}>
        <option value="" ?selected=${value === ""} ?disabled=${required}>Choose…</option>
        ${(schema.enum ?? []).map((one) => {
          const text = JSON.stringify(one);
          return html`<option value=${text} ?selected=${text === value}>${typeof one === "string" ? one : text}</option>`;
        })}
      </select>`;
    }
    if (kind === "json") {
      return html`<textarea
        id=${name}
        rows="2"
        spellcheck="false"
        aria-invalid=${invalid}
        aria-describedby=${described}
        placeholder="JSON"
        .value=${value}
        @input=${typed}
      ></textarea>`;
    }
    return html`<input
      id=${name}
      type=${kind === "number" ? "number" : "text"}
      step=${kind === "number" ? (schema.type === "integer" ? "1" : "any") : nothing}
      min=${schema.minimum ?? nothing}
      max=${schema.maximum ?? nothing}
      maxlength=${schema.maxLength ?? nothing}
      autocomplete="off"
      aria-required=${required}
      aria-invalid=${invalid}
      aria-describedby=${described}
      .value=${value}
      @input=${typed}
    />`;
  }

  #flag({ name, title, schema }: Field) {
    return html`<label class="flag">
      <input
        type="checkbox"
        .checked=${this.typed[name] === true}
        @change=${(event: Event) => this.#type(name, (event.target as HTMLInputElement).checked)}
      />
      <span>${title}${schema.description ? html`<br /><span class="hint">${schema.description}</span>` : nothing}</span>
    </label>`;
  }

  #type(name: string, value: string | boolean): void {
    this.typed = { ...this.typed, [name]: value };
    const { [name]: _, ...others } = this.faults;
    this.faults = others;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-schema-form": SchemaForm;
  }
}
