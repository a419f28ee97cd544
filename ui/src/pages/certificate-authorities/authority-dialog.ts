import { html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import { secretText, secretTextStyles } from "../../components/basic/secrets.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import { addAuthority, createRegistrationCode } from "../../data/certificate-authorities.ts";
import { listGroups } from "../../data/configuration.ts";
import { asApiError } from "../../data/problem.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";

type Field = "name" | "certificate" | "verification" | "group";
const BEGIN = "-----BEGIN CERTIFICATE-----";

/** Adds a certificate authority: its certificate, and a certificate that proves possession of its key. */
@customElement("fl-authority-dialog")
class AuthorityDialog extends LitElement {
  static override styles = [base, buttons, fields, secretTextStyles];

  @state() private code: string | undefined;
  @state() private groups: readonly string[] = [];
  @state() private fault: { readonly field: string; readonly text: string } | undefined;
  @state() private busy = false;
  closed: (added: boolean) => void = () => {};
  #added = false;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      const [{ code }, { items }] = await Promise.all([createRegistrationCode(), listGroups()]);
      this.code = code;
      this.groups = items.map(({ name }) => name);
    } catch (error) {
      this.fault = { field: "", text: explained(asApiError(error)) };
    }
  }

  protected override render() {
    return html`<fl-dialog style="--width: 38rem" heading="Add a certificate authority" @closed=${() => this.closed(this.#added)}>
      <form style="display: contents" @submit=${this.#submitted} novalidate>
        ${this.#field("name", "Name", "", html`<input name="name" type="text" autocomplete="off" autofocus />`)}
        ${this.#field("certificate", "Certificate of the authority", "PEM, of the authority that signs the devices' certificates directly.", this.#pem("certificate"))}
        <div class="field">
          <span>Registration code</span>
          ${this.code ? secretText(this.code, "registration code") : html`<span class="hint">Loading…</span>`}
          <span class="hint">Have the authority sign a certificate with this common name. It shows that you have its key.</span>
        </div>
        ${this.#field("verification", "Certificate with that code", "PEM.", this.#pem("verification"))}
        ${this.#field(
          "group",
          "Devices",
          "Their ids are the common names in their certificates.",
          html`<select name="group">
            <option value="">All of the account</option>
            ${this.groups.map((group) => html`<option value=${group}>In the group ${group}</option>`)}
          </select>`,
        )}
        ${this.#others()}
      </form>
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" ?disabled=${this.busy || !this.code} @click=${this.#add}>Add authority</button>
    </fl-dialog>`;
  }

  #pem(name: Field) {
    return html`<textarea class="mono" name=${name} rows="3" spellcheck="false" placeholder=${BEGIN}></textarea>`;
  }

  #field(field: Field, title: string, hint: string, control: unknown) {
    const fault = this.fault?.field === field ? this.fault.text : undefined;
    return html`<label class="field">
      <span>${title}</span>
      ${control}
      ${fault || hint ? html`<span class=${fault ? "fault" : "hint"} role=${fault ? "alert" : nothing}>${fault ?? hint}</span>` : nothing}
    </label>`;
  }

  #others() {
    const shown: readonly string[] = ["name", "certificate", "verification", "group"];
    if (this.fault === undefined || shown.includes(this.fault.field)) return nothing;
    return failureNote(this.fault.text);
  }

  readonly #close = (): void => {
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#add();
  };

  readonly #add = async (): Promise<void> => {
    const { code } = this;
    if (this.busy || code === undefined) return;
    const value = (name: Field) =>
      this.renderRoot
        .querySelector<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>(`[name=${name}]`)
        ?.value.trim() ?? "";
    const [name, certificate, verification, group] = [
      value("name"),
      value("certificate"),
      value("verification"),
      value("group"),
    ];
    const missing = Object.entries({ name, certificate, verification }).find(([, text]) => text === "");
    if (missing !== undefined) {
      this.fault = { field: missing[0], text: "This is needed." };
      return;
    }
    this.busy = true;
    this.fault = undefined;
    try {
      await addAuthority({ name, certificate, code, verification, ...(group !== "" && { group }) });
      this.#added = true;
      this.#close();
    } catch (thrown) {
      const error = asApiError(thrown);
      this.fault = { field: error.field ?? "", text: explained(error) };
    }
    this.busy = false;
  };
}

export function showAuthorityDialog(): Promise<boolean> {
  const element = new AuthorityDialog();
  return new Promise((resolve) => {
    element.closed = (added) => {
      element.remove();
      resolve(added);
    };
    document.body.append(element);
  });
}
