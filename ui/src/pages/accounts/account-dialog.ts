import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import { type AccountResource, changeAccount, createAccount } from "../../data/accounts.ts";
import { asApiError } from "../../data/problem.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/dialogs/dialog.ts";
import "../../components/basic/icon.ts";

const LIMITS = [
  { key: "devices", label: "Devices", hint: "Registered devices; retired ones do not count." },
  {
    key: "eventsPerMinute",
    label: "Events a minute",
    hint: "For all gateways together. What exceeds the limit is read later; nothing is lost.",
  },
  {
    key: "bytesPerMinute",
    label: "Bytes a minute",
    hint: "For all gateways together; 16777216 is 16 MiB. What exceeds the limit is read later; nothing is lost.",
  },
] as const;

@customElement("fl-account-dialog")
export class AccountDialog extends LitElement {
  static override styles = [base, buttons, fields];

  @property({ attribute: false }) account: AccountResource | undefined;
  @state() private fault: { readonly field: string; readonly text: string } | undefined;
  @state() private running = false;

  protected override render() {
    const { account } = this;
    return html`<fl-dialog
      heading=${account ? `Edit ${account.name}` : "New account"}
      @closed=${this.#close}
    >
      <form id="form" style="display: contents" @submit=${this.#submitted}>
        ${account ? nothing : this.#field("id", "Id", "", "Letters, digits, - and _. It can't be changed.")}
        ${this.#field("name", "Name", account?.name ?? "", undefined)}
        ${LIMITS.map(({ key, label, hint }) => this.#field(key, label, String(account?.limits[key] ?? ""), `${hint} Empty: no limit.`, "numeric"))}
        ${failureNote(this.fault && !this.#isOfField(this.fault.field) ? this.fault.text : undefined)}
      </form>
      <button slot="footer" class="button" @click=${this.#close}>Cancel</button>
      <button slot="footer" class="button primary" ?disabled=${this.running} @click=${this.#save}>
        ${account ? "Save" : "Create account"}
      </button>
    </fl-dialog>`;
  }

  #field(name: string, label: string, value: string, hint: string | undefined, mode = "text") {
    const fault = this.fault?.field === name ? this.fault.text : undefined;
    return html`<label class="field">
      <span>${label}</span>
      <input
        name=${name}
        type="text"
        inputmode=${mode}
        autocomplete="off"
        .value=${value}
        aria-invalid=${fault ? "true" : nothing}
      />
      <span class=${fault ? "fault" : "hint"} role=${fault ? "alert" : nothing}>${fault ?? hint ?? nothing}</span>
    </label>`;
  }

  #isOfField(field: string): boolean {
    return this.renderRoot.querySelector(`input[name="${CSS.escape(field)}"]`) !== null;
  }

  readonly #close = (): void => {
    this.dispatchEvent(new Event("closed"));
  };

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    void this.#save();
  };

  readonly #save = async (): Promise<void> => {
    if (this.running) return;
    const value = (name: string) =>
      this.renderRoot.querySelector<HTMLInputElement>(`input[name=${name}]`)?.value.trim() ?? "";
    const given = LIMITS.map(({ key }) => [key, value(key).replaceAll(/[ ,._]/g, "")] as const).filter(
      ([, text]) => text !== "",
    );
    const wrong = given.find(([, text]) => !/^[1-9][0-9]{0,11}$/.test(text));
    if (wrong !== undefined) {
      this.fault = { field: wrong[0], text: "A whole number, or nothing." };
      return;
    }
    const limits = Object.fromEntries(given.map(([key, text]) => [key, Number(text)]));
    const name = value("name");
    this.running = true;
    this.fault = undefined;
    try {
      if (this.account) await changeAccount(this.account.id, { name, limits });
      else await createAccount({ id: value("id"), name, ...(given.length > 0 && { limits }) });
      this.dispatchEvent(new Event("changed"));
      this.#close();
    } catch (thrown) {
      const error = asApiError(thrown);
      this.fault = { field: (error.field ?? "").replace("limits.", ""), text: explained(error) };
    }
    this.running = false;
  };
}
