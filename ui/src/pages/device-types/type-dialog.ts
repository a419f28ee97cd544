import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { explained, failureLine } from "../../components/basic/notice.ts";
import { definitionFields, shownJson, typedJson } from "../../components/definitions/definitions.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import type { AccountField } from "../../components/fields/account-field.ts";
import { textField } from "../../components/fields/text-field.ts";
import { asSchema } from "../../components/schema-form/schema.ts";
import { type DeviceTypeBody, type DeviceTypeResource, putType } from "../../data/configuration.ts";
import { asApiError } from "../../data/problem.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/fields/account-field.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";
import "../../components/schema-form/schema-form.ts";

type JsonField = "schema" | "configuration" | "commands";
type Faults = Readonly<Record<string, string>>;
const JSON_FIELDS = [
  {
    name: "schema",
    label: "Schema of the configuration",
    rows: 8,
    hint: "JSON Schema of an object. It checks the configurations of devices of this type, and makes the forms for them.",
  },
  {
    name: "configuration",
    label: "Default configuration",
    rows: 4,
    hint: "The defaults of groups and a device's own values override it.",
  },
  { name: "commands", label: "Commands", rows: 4, hint: "As in a profile, for devices whose profile has none." },
] as const satisfies readonly { name: JsonField; label: string; rows: number; hint: string }[];

@customElement("fl-type-dialog")
export class TypeDialog extends LitElement {
  static override styles = [base, buttons, fields, definitionFields];

  @property({ attribute: false }) type: DeviceTypeResource | undefined;
  @state() private faults: Faults = {};
  @state() private busy = false;
  @state() private schemaText = "";
  @query("fl-dialog") private readonly dialog!: Dialog;
  @query("fl-account-field") private readonly accountField!: AccountField | null;

  protected override willUpdate(): void {
    if (!this.hasUpdated) this.schemaText = shownJson(this.type?.schema);
  }

  protected override render() {
    const { type, faults, busy } = this;
    return html`<fl-dialog
      heading=${type ? `Device type ${type.name}` : "New device type"}
      @closed=${() => this.dispatchEvent(new Event("closed"))}
    >
      <form novalidate @submit=${this.#submit}>
        <button type="submit" hidden></button>
        ${type ? nothing : this.#text("name", "Name", "", "Letters, digits, '-', '_' or '.'. It cannot be changed.")}
        ${type ? nothing : html`<fl-account-field .fault=${faults.account ?? ""}></fl-account-field>`}
        ${this.#text("description", "Description", type?.description)} ${this.#text("board", "Board", type?.board)}
        ${this.#text("model", "Model pattern", type?.model, "Devices whose profile has such a model are of this type; * is any text.")}
        ${JSON_FIELDS.map(({ name, label, rows, hint }) => this.#json(name, label, rows, hint))} ${this.#preview()}
        <div role="alert">
          ${failureLine(faults.form)}
        </div>
      </form>
      <button slot="footer" class="button" @click=${() => this.dialog.close()}>Cancel</button>
      <button slot="footer" class="button primary" aria-disabled=${busy} @click=${this.#submit}>${busy ? "Saving…" : "Save"}</button>
    </fl-dialog>`;
  }

  #text(name: string, label: string, value = "", hint = "") {
    return textField({ name, label, optional: name !== "name", value, hint, fault: this.faults[name] });
  }

  #json(name: JsonField, label: string, rows: number, hint: string) {
    const fault = this.faults[name];
    return html`<div class="field">
      <label for=${name}>${label} <span class="faint">JSON, optional</span></label>
      <textarea
        id=${name}
        rows=${rows}
        spellcheck="false"
        .defaultValue=${shownJson(this.type?.[name])}
        aria-invalid=${fault ? "true" : nothing}
        aria-describedby="${name}-note"
        @input=${(event: Event) => {
          if (name === "schema") this.schemaText = (event.target as HTMLTextAreaElement).value;
        }}
      ></textarea>
      <p class=${fault ? "fault" : "hint"} id="${name}-note">${fault ?? hint}</p>
    </div>`;
  }

  #preview() {
    const schema = asSchema(parsedOrNone(this.schemaText));
    if (schema === undefined) return nothing;
    return html`<section class="preview" aria-label="Preview of the form">
      <p class="hint">The form that operators will see:</p>
      <fl-schema-form .schema=${schema}></fl-schema-form>
    </section>`;
  }

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const read = (id: string) => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.value.trim() ?? "";
    const faults: Record<string, string> = {};
    const json: Partial<Record<JsonField, unknown>> = {};
    for (const { name } of JSON_FIELDS) {
      try {
        const value = typedJson(read(name));
        if (value !== undefined) json[name] = value;
      } catch {
        faults[name] = "This is not valid JSON.";
      }
    }
    const name = this.type?.name ?? read("name");
    if (name === "") faults.name = "A device type needs a name.";
    this.faults = faults;
    if (Object.keys(faults).length > 0) return;
    const texts = ["description", "board", "model"].map((id) => [id, read(id)]).filter(([, value]) => value !== "");
    this.busy = true;
    try {
      const body = { ...Object.fromEntries(texts), ...json } as DeviceTypeBody;
      const account = this.type?.account ?? this.accountField?.value;
      await putType({ name, account }, body, this.type?.seq);
      notify("good", `Device type ${name} is saved`);
      this.dispatchEvent(new Event("saved"));
      this.dialog.close();
    } catch (thrown) {
      const error = asApiError(thrown);
      const field = /^\w+/.exec(error.field ?? "")?.[0] ?? "";
      const known = [
        "name",
        "account",
        "description",
        "board",
        "model",
        "schema",
        "configuration",
        "commands",
      ].includes(field);
      this.faults = { [known ? field : "form"]: explained(error) };
    }
    this.busy = false;
  };
}

function parsedOrNone(text: string): unknown {
  try {
    return typedJson(text);
  } catch {
    return undefined;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-type-dialog": TypeDialog;
  }
}
