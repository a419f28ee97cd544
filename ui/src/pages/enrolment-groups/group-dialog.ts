import { html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { explained, failureLine } from "../../components/basic/notice.ts";
import { secretText, secretTextStyles } from "../../components/basic/secrets.ts";
import { definitionFields, typedJson } from "../../components/definitions/definitions.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import type { AccountField } from "../../components/fields/account-field.ts";
import type { TagsInput } from "../../components/fields/tags-input.ts";
import { textField } from "../../components/fields/text-field.ts";
import { type AuthorityResource, listAuthorities } from "../../data/certificate-authorities.ts";
import { type CreateEnrolmentGroupBody, createEnrolmentGroup } from "../../data/onboarding.ts";
import { asApiError } from "../../data/problem.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, checks, fields } from "../../styles/shared.ts";
import "../../components/fields/account-field.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";
import "../../components/fields/tags-input.ts";

const FIELDS = [
  "name",
  "quota",
  "ca",
  "idPattern",
  "type",
  "tags",
  "activatesAt",
  "expiresAt",
  "configuration",
  "account",
];

@customElement("fl-enrolment-group-dialog")
class EnrolmentGroupDialog extends LitElement {
  static override styles = [base, buttons, checks, fields, definitionFields, secretTextStyles];

  @state() private faults: Readonly<Record<string, string>> = {};
  @state() private busy = false;
  @state() private secret: string | undefined;
  /** Devices of the created group show a key that is derived from the secret, never the secret itself. */
  private isDerived = false;
  /** Empty also for people who may not see the account's authorities. */
  @state() private authorities: readonly AuthorityResource[] = [];
  @query("fl-dialog") private readonly dialog!: Dialog;
  @query("fl-tags-input") private readonly tags!: TagsInput;
  @query("fl-account-field") private readonly account!: AccountField | null;
  closed: () => void = () => {};

  override connectedCallback(): void {
    super.connectedCallback();
    listAuthorities().then(
      (all) => {
        this.authorities = all.filter(({ group }) => group === undefined);
      },
      () => {},
    );
  }

  protected override render() {
    const { secret, busy } = this;
    return html`<fl-dialog heading=${secret ? "The enrolment group is created" : "New enrolment group"} @closed=${this.closed}>
      ${
        secret
          ? html`<p class="quiet">
                This secret is shown only once. A device logs in with its id as client id and user name. Its password is
                ${this.isDerived ? "the key that is derived from the secret and its id. The secret itself is refused." : "the secret, or the key that is derived from the secret and its id."}
              </p>
              <div class="field"><span>Secret</span>${secretText(secret, "secret", true)}</div>`
          : this.#form()
      }
      ${
        secret
          ? html`<button slot="footer" class="button primary" @click=${() => this.dialog.close()}>Done</button>`
          : html`<button slot="footer" class="button" @click=${() => this.dialog.close()}>Cancel</button>
              <button slot="footer" class="button primary" aria-disabled=${busy} @click=${this.#submit}>
                ${busy ? "Creating…" : "Create group"}
              </button>`
      }
    </fl-dialog>`;
  }

  #form() {
    const { faults } = this;
    return html`<form novalidate @submit=${this.#submit}>
      <button type="submit" hidden></button>
      ${this.#text("name", "Name", "text")}
      ${this.#text("quota", "Maximum of devices", "number", "The group never enrols more devices.")}
      ${this.#text("idPattern", "Device ids", "text", "Such as meter-*: * stands for any characters, ? for one. If empty, any id.")}
      ${this.#proof()}
      <fl-account-field .fault=${faults.account ?? ""}></fl-account-field>
      ${this.#text("type", "Device type", "text", "Empty: none.")}
      <div class="field">
        <span>Tags of the devices</span>
        <fl-tags-input label="Tags"></fl-tags-input>
        <p class="fault" ?hidden=${!faults.tags}>${faults.tags}</p>
      </div>
      ${this.#text("activatesAt", "Active from", "datetime-local", "Empty: at once.")}
      ${this.#text("expiresAt", "Expires", "datetime-local", "Empty: never.")}
      <div class="field">
        <label for="reenrolment">A device that enrols again</label>
        <select id="reenrolment">
          <option value="refuse">is refused until an operator lets it enrol again</option>
          <option value="replace">gets a new credential</option>
        </select>
      </div>
      <div class="field">
        <label for="configuration">Configuration <span class="faint">JSON, optional</span></label>
        <textarea
          id="configuration"
          rows="3"
          spellcheck="false"
          aria-invalid=${faults.configuration ? "true" : nothing}
          aria-describedby="configuration-note"
        ></textarea>
        <p class=${faults.configuration ? "fault" : "hint"} id="configuration-note">
          ${faults.configuration ?? "Becomes the desired configuration of each device."}
        </p>
      </div>
      <label class="check"><input id="allowPlain" type="checkbox" /><span>They may log in without TLS</span></label>
      <div role="alert">
        ${failureLine(faults.form)}
      </div>
    </form>`;
  }

  #proof() {
    const fault = this.faults.ca;
    return html`<div class="field">
      <label for="proof">Devices show</label>
      <select id="proof" aria-describedby="proof-note">
        <option value="secret">the group's secret, or a key derived from it</option>
        <option value="derived">a key derived from the secret, never the secret itself</option>
        ${this.authorities.map(({ id, name }) => html`<option value=${id}>a certificate of ${name}</option>`)}
      </select>
      <p class="fault" id="proof-note" ?hidden=${!fault}>${fault}</p>
    </div>`;
  }

  #text(name: string, label: string, type: string, hint = "") {
    const min = type === "number" ? 1 : undefined;
    return textField({ name, label, type, min, hint, fault: this.faults[name] });
  }

  #body(): CreateEnrolmentGroupBody | undefined {
    const input = (id: string) => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`);
    const text = (id: string) => input(id)?.value.trim() ?? "";
    const optional = (name: string) => (text(name) === "" ? {} : { [name]: text(name) });
    const time = (name: string) => (text(name) === "" ? {} : { [name]: new Date(text(name)).toISOString() });
    const account = this.account?.value;
    const tags = this.tags.collect();
    const proof = text("proof");
    let configuration: unknown;
    try {
      configuration = typedJson(text("configuration"));
    } catch {
      this.faults = { configuration: "This is not valid JSON." };
      return undefined;
    }
    this.faults = {
      ...(text("name") === "" && { name: "A group needs a name." }),
      ...(text("quota") === "" && { quota: "Give a number, such as 100." }),
    };
    if (Object.keys(this.faults).length > 0) return undefined;
    return {
      name: text("name"),
      quota: Number(text("quota")),
      reenrolment: text("reenrolment") === "replace" ? "replace" : "refuse",
      ...(proof === "secret" || proof === "derived" ? { proof } : { ca: proof }),
      ...optional("idPattern"),
      ...optional("type"),
      ...time("activatesAt"),
      ...time("expiresAt"),
      ...(tags.length > 0 && { tags: [...tags] }),
      ...(configuration !== undefined && { configuration: configuration as Record<string, unknown> }),
      ...(input("allowPlain")?.checked && { allowPlain: true }),
      ...(account !== undefined && { account }),
    };
  }

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const body = this.busy ? undefined : this.#body();
    if (body === undefined) return;
    this.busy = true;
    try {
      this.isDerived = body.proof === "derived";
      this.secret = (await createEnrolmentGroup(body)).token;
      if (this.secret === undefined) {
        notify("good", `${body.name} is created`);
        this.dialog.close();
      }
    } catch (thrown) {
      const error = asApiError(thrown);
      const field = /^\w+/.exec(error.field ?? "")?.[0] ?? "";
      this.faults = { [FIELDS.includes(field) ? field : "form"]: explained(error) };
    }
    this.busy = false;
  };
}

export function showGroupDialog(): Promise<void> {
  const element = new EnrolmentGroupDialog();
  return new Promise((resolve) => {
    element.closed = () => {
      element.remove();
      resolve();
    };
    document.body.append(element);
  });
}
