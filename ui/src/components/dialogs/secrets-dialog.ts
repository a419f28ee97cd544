import { html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { base, buttons, fields } from "../../styles/shared.ts";
import { secretText, secretTextStyles } from "../basic/secrets.ts";
import type { Dialog } from "./dialog.ts";
import "./dialog.ts";

export interface ShownSecrets {
  readonly heading: string;
  readonly note: string;
  readonly secrets: Readonly<Record<string, string>>;
}

@customElement("fl-secrets-dialog")
class SecretsDialog extends LitElement {
  static override styles = [base, buttons, fields, secretTextStyles];

  @property({ attribute: false }) shown!: ShownSecrets;
  closed: () => void = () => {};

  protected override render() {
    const { heading, note, secrets } = this.shown;
    return html`<fl-dialog heading=${heading} @closed=${this.closed}>
      <p class="quiet">${note}</p>
      ${Object.entries(secrets).map(
        ([name, text], index) =>
          html`<div class="field"><span>${name}</span>${secretText(text, name.toLowerCase(), index === 0)}</div>`,
      )}
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

/** Shows secrets that cannot be read again; resolves on close. */
export function showSecrets(shown: ShownSecrets): Promise<void> {
  const element = new SecretsDialog();
  element.shown = shown;
  return new Promise((resolve) => {
    element.closed = () => {
      element.remove();
      resolve();
    };
    document.body.append(element);
  });
}
