import { html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { RegisterDeviceBody } from "../../data/devices.ts";
import { base, fields } from "../../styles/shared.ts";

/** The kind of a new device, and what that kind logs in with. Event `change`. */
@customElement("fl-dialect-fields")
export class DialectFields extends LitElement {
  static override styles = [base, fields];

  @property() fault = "";
  @state() private dialect: RegisterDeviceBody["dialect"];
  @query("#address") private readonly addressField!: HTMLInputElement | null;

  get value(): Pick<RegisterDeviceBody, "dialect" | "address"> {
    if (this.dialect === undefined) return {};
    const address = this.addressField?.value.trim();
    return { dialect: this.dialect, ...(address && { address }) };
  }

  protected override render() {
    return html`<div class="field">
        <label for="dialect">Kind</label>
        <select id="dialect" @change=${this.#chosen}>
          <option value="">A device that logs in with a token or a certificate</option>
          <option value="edgebind">A program of Edgebind’s article</option>
        </select>
      </div>
      ${this.dialect === "edgebind" ? this.#address() : nothing}`;
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
        ${fault || "Who connects from there is this device. Without an address, each connection waits on the page Onboarding."}
      </p>
    </div>`;
  }

  readonly #chosen = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    this.dialect = value === "edgebind" ? value : undefined;
    this.dispatchEvent(new CustomEvent("change"));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-dialect-fields": DialectFields;
  }
}
