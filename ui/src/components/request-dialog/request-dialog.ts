import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { listTypes } from "../../data/configuration.ts";
import { asApiError } from "../../data/problem.ts";
import {
  type CreatedProvisionRequest,
  createProvisionRequest,
  type ProvisionRequestResource,
} from "../../data/provisioning.ts";
import { Query } from "../../state/query.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import { explained, failureLine } from "../basic/notice.ts";
import { secretText, secretTextStyles } from "../basic/secrets.ts";
import type { Dialog } from "../dialogs/dialog.ts";
import type { AccountField } from "../fields/account-field.ts";
import type { TagsInput } from "../fields/tags-input.ts";
import type { BundlesField } from "./bundles-field.ts";
import { requestDialogStyles } from "./dialog-styles.ts";
import { bodyOf, type Faults, fieldOf, likeThis, type RequestFields } from "./request-form.ts";
import "../fields/account-field.ts";
import "../dialogs/dialog.ts";
import "../basic/icon.ts";
import "../basic/spelled-time.ts";
import "../fields/tags-input.ts";
import "./bundles-field.ts";

interface TextField {
  readonly type?: "datetime-local" | "number";
  readonly hint?: string | TemplateResult;
  readonly list?: string;
}

@customElement("fl-request-dialog")
export class RequestDialog extends LitElement {
  static override styles = [base, buttons, fields, secretTextStyles, requestDialogStyles];

  @property({ attribute: false }) given: Partial<RequestFields> = {};
  @state() private faults: Faults = {};
  @state() private busy = false;
  @state() private created: CreatedProvisionRequest | undefined;
  @query("fl-dialog") private readonly dialog!: Dialog;
  @query("fl-tags-input") private readonly tags!: TagsInput;
  @query("fl-bundles-field") private readonly bundles!: BundlesField;
  @query("fl-account-field") private readonly account!: AccountField | null;
  closed: (id: string | undefined) => void = () => {};
  readonly #types = new Query<"types", readonly string[]>(this, {
    args: () => "types",
    load: async (_, signal) => (await listTypes(signal)).items.map(({ name }) => name),
  });

  protected override render() {
    const { created, busy } = this;
    const heading = created ? "The provision request is created" : "New provision request";
    return html`<fl-dialog heading=${heading} @closed=${() => this.closed(created?.id)}>
      ${created ? this.#secrets(created) : this.#form()}
      ${
        created
          ? html`<button slot="footer" class="button primary" @click=${() => this.dialog.close()}>Done</button>`
          : html`<button slot="footer" class="button" @click=${() => this.dialog.close()}>Cancel</button>
              <button slot="footer" class="button primary" aria-disabled=${busy} @click=${this.#submit}>
                ${busy ? "Creating…" : "Create request"}
              </button>`
      }
    </fl-dialog>`;
  }

  #secrets({ password, activationKey }: CreatedProvisionRequest) {
    return html`<p class="quiet">These are shown only once. The device needs them for its provisioning.</p>
      <div class="field"><span>Password</span>${secretText(password, "password", true)}</div>
      ${
        activationKey === undefined
          ? nothing
          : html`<div class="field"><span>Activation key</span>${secretText(activationKey, "activation key")}</div>`
      }`;
  }

  #form() {
    const { faults, given } = this;
    return html`<form novalidate @submit=${this.#submit}>
      <button type="submit" hidden></button>
      <fieldset>
        <legend>Log-in of the device</legend>
        <div class="pair">
          ${this.#text("clientId", "Client id", { hint: "Such as its MAC address." })}
          ${this.#text("userName", "User name", { hint: "Such as the MAC address, a dash, and the serial number." })}
        </div>
        ${this.#text("password", "Password", { hint: "If empty, Fleetlog makes a password." })}
        ${this.#check("generateActivationKey", "The device must also present an activation key, which is shown once")}
        ${this.#check("allowPlain", "It may log in without TLS")}
      </fieldset>
      <fieldset>
        <legend>What it becomes</legend>
        <fl-account-field .fault=${faults.account ?? ""}></fl-account-field>
        <div class="pair">
          ${this.#text("id", "Device id", { hint: "Empty: the client id." })} ${this.#text("name", "Name")}
        </div>
        ${this.#text("type", "Device type", { list: "types" })}
        <datalist id="types">${this.#types.data?.map((name) => html`<option value=${name}></option>`)}</datalist>
        <div class="field">
          <span>Tags</span>
          <fl-tags-input label="Tags" .initial=${given.tags ?? []}></fl-tags-input>
          ${this.#note("tags")}
        </div>
        ${this.#check("overwrite", "It replaces a device that is registered under this id")}
      </fieldset>
      <fieldset>
        <legend>When</legend>
        <div class="pair">
          ${this.#time("activatesOn", "Active from", "Empty: at once.")}
          ${this.#time("expiresOn", "Expires", "Empty: never.")}
        </div>
        ${this.#text("maxRetries", "Retries after a failure", { type: "number", hint: "Empty: 3." })}
      </fieldset>
      <fieldset>
        <legend>What it gets</legend>
        <div class="field">
          <label for="configuration">Configuration <span class="faint">JSON</span></label>
          <textarea
            id="configuration"
            rows="4"
            spellcheck="false"
            .defaultValue=${given.configuration ?? ""}
            aria-invalid=${faults.configuration ? "true" : nothing}
            aria-describedby="configuration-note"
          ></textarea>
          ${this.#note("configuration", "Becomes its desired configuration.")}
        </div>
        <fl-bundles-field .initial=${given.bundles ?? []}></fl-bundles-field>
        ${this.#note("bundles")}
      </fieldset>
      <div role="alert">
        ${failureLine(faults.form)}
      </div>
    </form>`;
  }

  #text(name: Exclude<keyof RequestFields, "tags" | "bundles">, label: string, { type, hint, list }: TextField = {}) {
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        type=${type ?? "text"}
        list=${list ?? nothing}
        min=${type === "number" ? 0 : nothing}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        .defaultValue=${String(this.given[name] ?? "")}
        aria-invalid=${this.faults[name] ? "true" : nothing}
        aria-describedby="${name}-note"
      />
      ${this.#note(name, hint)}
    </div>`;
  }

  #time(name: "activatesOn" | "expiresOn", label: string, hint: string) {
    const spelled = html`<fl-spelled-time for=${name}>${hint}</fl-spelled-time>`;
    return this.#text(name, label, { type: "datetime-local", hint: spelled });
  }

  #check(name: "generateActivationKey" | "overwrite" | "allowPlain", label: string) {
    return html`<label class="check">
      <input id=${name} type="checkbox" .defaultChecked=${this.given[name] ?? false} /><span>${label}</span>
    </label>`;
  }

  #note(name: string, hint: string | TemplateResult = "") {
    const fault = this.faults[name];
    return html`<p class=${fault ? "fault" : "hint"} id="${name}-note" ?hidden=${!fault && !hint}>${fault ?? hint}</p>`;
  }

  #fields(): RequestFields {
    const input = (id: string) => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`);
    const text = (id: string) => input(id)?.value.trim() ?? "";
    const checked = (id: string) => input(id)?.checked ?? false;
    return {
      clientId: text("clientId"),
      userName: text("userName"),
      password: input("password")?.value ?? "",
      id: text("id"),
      name: text("name"),
      type: text("type"),
      tags: this.tags.collect(),
      activatesOn: text("activatesOn"),
      expiresOn: text("expiresOn"),
      maxRetries: text("maxRetries"),
      generateActivationKey: checked("generateActivationKey"),
      overwrite: checked("overwrite"),
      allowPlain: checked("allowPlain"),
      configuration: text("configuration"),
      bundles: this.bundles.value,
      account: this.account?.value,
    };
  }

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const made = bodyOf(this.#fields());
    this.faults = "faults" in made ? made.faults : {};
    if (!("body" in made)) return this.#showFault();
    this.busy = true;
    try {
      this.created = await createProvisionRequest(made.body);
    } catch (thrown) {
      const error = asApiError(thrown);
      this.faults = { [fieldOf(error.field)]: explained(error) };
      await this.#showFault();
    }
    this.busy = false;
  };

  async #showFault(): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }
}

export function showRequestDialog(like?: ProvisionRequestResource): Promise<string | undefined> {
  const element = new RequestDialog();
  if (like !== undefined) element.given = likeThis(like);
  return new Promise((resolve) => {
    element.closed = (id) => {
      element.remove();
      resolve(id);
    };
    document.body.append(element);
  });
}
