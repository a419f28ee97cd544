import { html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { secretText, secretTextStyles } from "../../components/basic/secrets.ts";
import type { Dialog } from "../../components/dialogs/dialog.ts";
import { base, buttons } from "../../styles/shared.ts";
import "../../components/dialogs/dialog.ts";

@customElement("fl-token-dialog")
class TokenDialog extends LitElement {
  static override styles = [base, buttons, secretTextStyles];

  @property() device = "";
  @property() token = "";
  closed: () => void = () => {};

  protected override render() {
    return html`<fl-dialog heading="New token of ${this.device}" @closed=${this.closed}>
      <p class="quiet">It is shown only once. Copy it to the device before you close this.</p>
      ${secretText(this.token, "token", true)}
      <button
        slot="footer"
        class="button primary"
        @click=${() => this.renderRoot.querySelector<Dialog>("fl-dialog")?.close()}
      >
        Done
      </button>
    </fl-dialog>`;
  }
}

/** Shows a token that cannot be read again; resolves on close. */
export function showToken(device: string, token: string): Promise<void> {
  const element = new TokenDialog();
  Object.assign(element, { device, token });
  return new Promise((resolve) => {
    element.closed = () => {
      element.remove();
      resolve();
    };
    document.body.append(element);
  });
}
