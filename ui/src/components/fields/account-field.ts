import { html, LitElement, nothing } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { accounts, hasAccounts } from "../../state/accounts.ts";
import { session } from "../../state/session.ts";
import { StoreController } from "../../state/store.ts";
import { base, fields } from "../../styles/shared.ts";

/** A choice of the account that owns what is created; hidden while there is only one account. Event `change`. */
@customElement("fl-account-field")
export class AccountField extends LitElement {
  static override styles = [base, fields];

  @property() fault = "";
  @query("select") private readonly select!: HTMLSelectElement | null;

  constructor() {
    super();
    new StoreController(this, accounts);
  }

  /** Undefined for the caller's own account. */
  get value(): string | undefined {
    return this.select?.value;
  }

  protected override render() {
    if (!hasAccounts()) return nothing;
    const { value } = session;
    const own = value.state === "signed-in" ? value.info.account : "main";
    return html`<div class="field">
      <label for="account">Account</label>
      <select
        id="account"
        @change=${() => this.dispatchEvent(new Event("change"))}
        aria-invalid=${this.fault ? "true" : nothing} aria-describedby="account-note">
        ${accounts.value.map(({ id, name }) => html`<option value=${id} .selected=${id === own}>${name} (${id})</option>`)}
      </select>
      <p class=${this.fault ? "fault" : "hint"} id="account-note" ?hidden=${!this.fault}>${this.fault}</p>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-account-field": AccountField;
  }
}
