import { DIALECT_NAMES, dialectLogins, type LoginName } from "@fleetlog/protocol/dialects";
import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { RegisterDeviceBody } from "../../data/devices.ts";
import { NATIVE, textsOf } from "../../dialects.ts";
import { base, fields } from "../../styles/shared.ts";

/** The kind of a new device, and the credentials of that kind. Events `change`, and `kind` with the dialect. */
@customElement("fl-dialect-fields")
export class DialectFields extends LitElement {
  static override styles = [
    base,
    fields,
    css`
      :host {
        display: grid;
        gap: var(--space-5);
      }
    `,
  ];

  @property() fault = "";
  @state() private dialect: RegisterDeviceBody["dialect"];
  @query("#address") private readonly addressField!: HTMLInputElement | null;
  @query("#user-name") private readonly userNameField!: HTMLInputElement | null;
  @query("#password") private readonly passwordField!: HTMLInputElement | null;

  /** @param id of the device: the client id; for a gateway with Kura, `<account>:<client id>` */
  valueFor(id: string): Pick<RegisterDeviceBody, "dialect" | "address" | "login"> {
    const { dialect, userNameField, passwordField } = this;
    if (dialect === undefined) return {};
    if (userNameField !== null && passwordField !== null) {
      const names = { userName: userNameField.value.trim(), password: passwordField.value };
      if (dialectLogins(dialect)?.names?.includes("account") !== true)
        return { dialect, login: { clientId: id, ...names } };
      const colon = id.indexOf(":");
      return { dialect, login: { account: id.slice(0, Math.max(0, colon)), clientId: id.slice(colon + 1), ...names } };
    }
    const address = this.addressField?.value.trim();
    return { dialect, ...(address && { address }) };
  }

  protected override render() {
    const logins = dialectLogins(this.dialect);
    return html`<div class="field">
        <label for="dialect">Kind</label>
        <select id="dialect" @change=${this.#chosen}>
          <option value="">${NATIVE.kind}</option>
          ${DIALECT_NAMES.map((name) => html`<option value=${name}>${textsOf(name).kind}</option>`)}
        </select>
      </div>
      ${logins?.hasAddress ? this.#address() : nothing}
      ${logins?.names === undefined ? nothing : this.#names(logins.names)}`;
  }

  #names(names: readonly LoginName[]) {
    return html`<p class="hint">
        ${
          names.includes("account")
            ? "The id above is the account and the client id, with a colon between them, such as plant:gw-7. Account, client id, user name and password must be as in the gateway’s cloud connection."
            : "Its client id is the id above. Client id, user name and password must be as in the device’s MQTT settings."
        }
      </p>
      <div class="field">
        <label for="user-name">User name</label>
        <input id="user-name" type="text" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="256" required />
      </div>
      <div class="field">
        <label for="password">Password</label>
        <input id="password" type="password" autocomplete="new-password" maxlength="1024" required />
      </div>`;
  }

  #address() {
    const { fault } = this;
    return html`<div class="field">
      <label for="address">IP address <span class="faint">optional</span></label>
      <input
        id="address"
        type="text"
        autocomplete="off"
        spellcheck="false"
        maxlength="45"
        placeholder="192.0.2.7"
        aria-invalid=${fault ? "true" : nothing}
        aria-describedby="address-note"
        @input=${() => this.dispatchEvent(new CustomEvent("change"))}
      />
      <p class=${fault ? "fault" : "hint"} id="address-note">
        ${fault || "A client that connects from this address is this device. Without an address, each connection waits on the page Onboarding."}
      </p>
    </div>`;
  }

  readonly #chosen = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    this.dialect = DIALECT_NAMES.find((kind) => kind === value);
    this.dispatchEvent(new CustomEvent("change"));
    this.dispatchEvent(new CustomEvent("kind", { detail: this.dialect, bubbles: true, composed: true }));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-dialect-fields": DialectFields;
  }
}
