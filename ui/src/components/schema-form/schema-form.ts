import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { base, buttons, fields as fieldStyles } from "../../styles/shared.ts";
import { rangeOf } from "./faults.ts";
import { patterns } from "./patterns.ts";
import { type Field, MAX_ENTRIES, rootOf, type Schema, schemasDiffer, typeOf } from "./schema.ts";
import { schemaFormStyles } from "./styles.ts";
import { collectMatching, initial, keyOf, type Outcome, type Path, REQUIRED, type Typed, withTyped } from "./values.ts";
import "../basic/icon.ts";

/** Id of the single, nameless field of parameters that are not an object. */
const ROOT = "parameters";

/** A form for parameters that a JSON Schema describes; `collect` returns them. */
@customElement("fl-schema-form")
export class SchemaForm extends LitElement {
  static override styles = [base, buttons, fieldStyles, schemaFormStyles];

  /** Compared by content, so that a repeated device report keeps the input. */
  @property({ attribute: false, hasChanged: schemasDiffer }) schema: Schema | undefined;
  @property({ attribute: false }) given: unknown;
  @state() private typed: Typed = {};
  @state() private faults: Readonly<Record<string, string>> = {};
  #root = rootOf(undefined);

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("schema") && !changed.has("given")) return;
    this.#root = rootOf(this.schema);
    this.toggleAttribute("bare", this.#root.kind === "group" && this.#root.fields.length === 0);
    this.typed = initial(this.#root, this.given);
    this.faults = {};
  }

  /** The parameters, or the errors, which the form then shows. */
  async collect(): Promise<Outcome> {
    const outcome = await this.#outcome();
    if (outcome.ok) return outcome;
    this.faults = outcome.faults;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
    return outcome;
  }

  #outcome(): Promise<Outcome> {
    return collectMatching(this.#root, this.typed, (value, pattern) => patterns.matches(value, pattern));
  }

  protected override render() {
    const root = this.#root;
    if (root.kind !== "group") return this.#any(root, this.typed, []);
    return root.fields.map((field) => this.#any(field, inGroup(this.typed, field), [field.name]));
  }

  #any(field: Field, typed: Typed | undefined, path: Path): TemplateResult {
    if (field.kind === "flag") return this.#flag(field, typed, path);
    if (field.kind === "group") return this.#group(field, typed, path);
    if (field.kind === "list") return this.#list(field, typed, path);
    return this.#field(field, typed, path);
  }

  #group({ title, schema, required, fields }: Field, typed: Typed | undefined, path: Path) {
    return html`<fieldset>
      <legend>${title}${optional(required)}</legend>
      ${hint(schema.description)}
      ${fields.map((one) => this.#any(one, inGroup(typed, one), [...path, one.name]))}
    </fieldset>`;
  }

  #list(field: Field, typed: Typed | undefined, path: Path) {
    const { title, schema, required, item } = field;
    const entries = Array.isArray(typed) ? (typed as readonly Typed[]) : [];
    const fault = this.faults[keyOf(path)];
    const add = () => item && this.#type(path, [...entries, initial(item)]);
    return html`<fieldset class="list">
      <legend>${title}${optional(required)}</legend>
      ${hint(hintOf(schema))}
      ${entries.map(
        (one, index) => html`<div class="entry">
          ${item ? this.#any({ ...item, title: `${title} ${index + 1}` }, one, [...path, index]) : nothing}
          <button
            type="button"
            class="button ghost icon"
            aria-label="Remove ${title} ${index + 1}"
            @click=${() => this.#type(path, entries.toSpliced(index, 1))}
          >
            <fl-icon name="close"></fl-icon>
          </button>
        </div>`,
      )}
      <button
        type="button"
        class="button small add"
        aria-label="Add to ${title}"
        aria-invalid=${fault ? "true" : nothing}
        ?disabled=${entries.length >= Math.min(schema.maxItems ?? MAX_ENTRIES, MAX_ENTRIES)}
        @click=${add}
      >
        <fl-icon name="plus"></fl-icon>Add
      </button>
      ${fault ? html`<p class="fault" role="alert">${fault}</p>` : nothing}
    </fieldset>`;
  }

  #field(field: Field, typed: Typed | undefined, path: Path) {
    const key = keyOf(path);
    const fault = this.faults[key];
    const text = hintOf(field.schema);
    return html`<div class="field">
      <label for=${key || ROOT}>${field.title}${optional(field.required)}</label>
      ${this.#control(field, typeof typed === "string" ? typed : "", path)}
      ${fault ? html`<p class="fault" id="fault-${key}">${fault}</p>` : hint(text, `hint-${key}`)}
    </div>`;
  }

  #control({ kind, schema, required, choices }: Field, value: string, path: Path) {
    const key = keyOf(path);
    const invalid = this.faults[key] ? "true" : nothing;
    const described = this.faults[key] ? `fault-${key}` : `hint-${key}`;
    const typed = (event: Event) => this.#type(path, (event.target as HTMLInputElement).value);
    if (kind === "choice") {
      return html`<select id=${key || ROOT} aria-invalid=${invalid} aria-describedby=${described} @change=${typed}>
        <option value="" .selected=${value === ""} ?disabled=${required}>Choose…</option>
        ${choices.map((one) => {
          const json = JSON.stringify(one.value);
          return html`<option value=${json} .selected=${json === value}>${one.text}</option>`;
        })}
      </select>`;
    }
    if (kind === "json") {
      return html`<textarea
        id=${key || ROOT}
        rows="2"
        spellcheck="false"
        aria-invalid=${invalid}
        aria-describedby=${described}
        placeholder="JSON"
        .value=${value}
        @input=${typed}
        @change=${() => this.#validate(path)}
      ></textarea>`;
    }
    const number = kind === "number";
    return html`<input
      id=${key || ROOT}
      type=${number ? "number" : schema.format === "date" ? "date" : "text"}
      step=${number ? (typeOf(schema) === "integer" ? "1" : "any") : nothing}
      min=${schema.minimum ?? nothing}
      max=${schema.maximum ?? nothing}
      placeholder=${schema.format === "date-time" ? "2026-01-31T12:00:00Z" : nothing}
      autocomplete="off"
      autocapitalize="off"
      aria-required=${required}
      aria-invalid=${invalid}
      aria-describedby=${described}
      .value=${value}
      @input=${typed}
      @change=${() => this.#validate(path)}
    />`;
  }

  #flag({ title, schema }: Field, typed: Typed | undefined, path: Path) {
    return html`<label class="flag">
      <input
        type="checkbox"
        .checked=${typed === true}
        @change=${(event: Event) => this.#type(path, (event.target as HTMLInputElement).checked)}
      />
      <span>${title}${hint(schema.description)}</span>
    </label>`;
  }

  #type(path: Path, value: Typed): void {
    this.typed = withTyped(this.typed, path, value);
    const key = keyOf(path);
    // Entries of a list may have moved, so their errors no longer apply.
    const still = Object.entries(this.faults).filter(([one]) => one !== key && !one.startsWith(`${key}[`));
    this.faults = Object.fromEntries(still);
  }

  /** Validates a field on blur. Missing values are reported on submit only. */
  async #validate(path: Path): Promise<void> {
    const { typed } = this;
    const outcome = await this.#outcome();
    if (typed !== this.typed) return;
    const key = keyOf(path);
    const fault = outcome.ok ? undefined : outcome.faults[key];
    if (fault !== undefined && fault !== REQUIRED) this.faults = { ...this.faults, [key]: fault };
  }
}

function hintOf(schema: Schema): string {
  return [schema.description, rangeOf(schema)].filter((one) => typeof one === "string" && one).join(" · ");
}

function inGroup(typed: Typed | undefined, { name }: Field): Typed | undefined {
  return typeof typed === "object" && !Array.isArray(typed)
    ? (typed as { readonly [name: string]: Typed })[name]
    : undefined;
}

function optional(required: boolean) {
  return required ? nothing : html` <span class="faint">optional</span>`;
}

function hint(text: unknown, id?: string) {
  return typeof text === "string" && text ? html`<p class="hint" id=${id ?? nothing}>${text}</p>` : nothing;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-schema-form": SchemaForm;
  }
}
