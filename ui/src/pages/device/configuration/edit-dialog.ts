import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { explained, failureLine, sentence } from "../../../components/basic/notice.ts";
import type { Dialog } from "../../../components/dialogs/dialog.ts";
import { asSchema, rootOf } from "../../../components/schema-form/schema.ts";
import type { SchemaForm } from "../../../components/schema-form/schema-form.ts";
import { canHold } from "../../../components/schema-form/values.ts";
import { changedFault, readJson } from "../../../components/text/json-text.ts";
import { type ConfigurationResource, getConfiguration, setConfiguration } from "../../../data/configuration.ts";
import { type ApiError, asApiError } from "../../../data/problem.ts";
import { notify } from "../../../state/toasts.ts";
import { base, buttons, fields } from "../../../styles/shared.ts";
import { combined, isValues, merged, overrides, type Values } from "./values.ts";
import "../../../components/dialogs/dialog.ts";
import "../../../components/basic/icon.ts";
import "../../../components/schema-form/schema-form.ts";
import "../../../components/basic/tabs.ts";

type Way = "form" | "json";
const TABS = [
  { key: "form", title: "Form" },
  { key: "json", title: "JSON" },
] as const;

/**
 * Edits a device's own values, by the schema of its type or as JSON. After a conflict, offers to merge or to overwrite.
 * Events: `saved` (ConfigurationResource), `closed`.
 */
@customElement("fl-configuration-dialog")
export class ConfigurationDialog extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    css`
      fl-dialog {
        --width: 36rem;
      }
      .fields {
        display: grid;
        gap: var(--space-3);
      }
      textarea {
        min-height: 14rem;
        font-family: var(--mono);
        font-size: var(--size-small);
      }
      .conflict {
        display: grid;
        gap: var(--space-3);
        padding: var(--space-3);
        border: 1px solid var(--warning-mark);
        border-radius: var(--radius);
        overflow-wrap: anywhere;
      }
      .choices {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
    `,
  ];

  @property() device = "";
  /** The base of the edit: the configuration at opening; after a conflict, the latest configuration. */
  @property({ attribute: false }) from!: ConfigurationResource;
  @property({ attribute: false }) schema: unknown;
  @state() private way: Way = "json";
  @state() private text = "";
  @state() private given: Values = {};
  @state() private fault = "";
  @state() private failure: ApiError | undefined;
  @state() private conflict: ApiError | undefined;
  @state() private busy = false;
  @query("fl-schema-form") private readonly form!: SchemaForm | null;
  @query("fl-dialog") private readonly dialog!: Dialog;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!this.hasUpdated) this.#begin(this.from.own, this.#canForm(this.from.own) ? "form" : "json");
    else if (changed.has("way")) this.fault = "";
  }

  protected override render() {
    const { conflict, failure, busy } = this;
    return html`<fl-dialog heading="Configuration of ${this.device}" @closed=${() => this.dispatchEvent(new Event("closed"))}>
      ${conflict ? this.#conflicted(conflict) : nothing}
      ${
        this.#canForm(this.#own() ?? {})
          ? html`<fl-tabs label="Edit as" .tabs=${TABS} selected=${this.way} @select=${this.#choose}>${this.#editor()}</fl-tabs>`
          : this.#editor()
      }
      <div role="alert" ?hidden=${failure === undefined}>
        ${failureLine(failure ? explained(failure) : undefined)}
      </div>
      <button slot="footer" class="button" @click=${() => this.dialog.close()}>Cancel</button>
      <button slot="footer" class="button primary" aria-disabled=${busy} @click=${() => this.#save()}>
        ${busy ? "Saving…" : "Save"}
      </button>
    </fl-dialog>`;
  }

  #editor() {
    if (this.way === "form")
      return html`<div class="fields"><fl-schema-form .schema=${asSchema(this.schema)} .given=${this.given}></fl-schema-form></div>`;
    return html`<div class="field">
      <label for="values">Values of this device</label>
      <textarea
        id="values"
        spellcheck="false"
        aria-invalid=${this.fault ? "true" : nothing}
        aria-describedby="values-note"
        .value=${this.text}
        @input=${(event: Event) => {
          this.text = (event.target as HTMLTextAreaElement).value;
          this.fault = "";
        }}
      ></textarea>
      <p class=${this.fault ? "fault" : "hint"} id="values-note">
        ${this.fault || "A JSON object. These values replace the defaults of its type and groups; null removes a default."}
      </p>
    </div>`;
  }

  #conflicted(conflict: ApiError) {
    return html`<div class="conflict" role="alert">
      <p><strong>Somebody else has changed it meanwhile.</strong> ${sentence(conflict.message)}</p>
      <div class="choices">
        <button class="button" @click=${this.#merge}>Merge my changes into theirs</button>
        <button class="button danger" @click=${this.#overwrite}>Overwrite theirs</button>
      </div>
    </div>`;
  }

  get #defaults(): Values {
    return this.from.defaults.reduce((below: Values, { values }) => merged(below, values), {});
  }

  /** Whether the form keeps all values: it would lose values that are not in the schema. */
  #canForm(own: Values): boolean {
    const schema = asSchema(this.schema);
    return schema !== undefined && canHold(rootOf(schema), merged(this.#defaults, own));
  }

  #begin(own: Values, way: Way): void {
    this.way = way;
    this.text = JSON.stringify(own, null, 2);
    this.given = merged(this.#defaults, own);
  }

  #own(): Values | undefined {
    const { value } = readJson(this.text);
    return isValues(value) ? value : undefined;
  }

  readonly #choose = async (event: CustomEvent<Way>): Promise<void> => {
    const own = await this.#collect();
    if (own !== undefined) this.#begin(own, event.detail);
  };

  async #collect(): Promise<Values | undefined> {
    if (this.way === "form") {
      const outcome = await this.form?.collect();
      return outcome?.ok ? overrides(this.#defaults, isValues(outcome.params) ? outcome.params : {}) : undefined;
    }
    const own = this.#own();
    this.fault = own === undefined ? "This is not a JSON object." : (changedFault(this.text) ?? "");
    return this.fault === "" ? own : undefined;
  }

  async #save(): Promise<void> {
    if (this.busy) return;
    const own = await this.#collect();
    if (own === undefined) return;
    this.busy = true;
    this.failure = undefined;
    this.conflict = undefined;
    try {
      const saved = await setConfiguration(this.device, own, this.from.revision);
      notify("good", `Revision ${saved.revision} is set for ${this.device}`);
      this.dispatchEvent(new CustomEvent("saved", { detail: saved }));
      this.dialog.close();
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.code === "precondition-failed") this.conflict = error;
      else this.failure = error;
    }
    this.busy = false;
  }

  async #rebase(combine: (mine: Values, theirs: ConfigurationResource) => Values): Promise<boolean> {
    const mine = await this.#collect();
    if (mine === undefined) return false;
    try {
      const theirs = await getConfiguration(this.device);
      const own = combine(mine, theirs);
      this.from = theirs;
      this.#begin(own, this.way);
      this.conflict = undefined;
      return true;
    } catch (thrown) {
      this.failure = asApiError(thrown);
      return false;
    }
  }

  readonly #merge = async (): Promise<void> => {
    const start = this.from.own;
    await this.#rebase((mine, theirs) => combined(start, mine, theirs.own));
  };

  readonly #overwrite = async (): Promise<void> => {
    if (!(await this.#rebase((mine) => mine))) return;
    await this.updateComplete;
    await this.#save();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-configuration-dialog": ConfigurationDialog;
  }
}
