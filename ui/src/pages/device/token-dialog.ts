import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Dialog } from "../../components/dialog.ts";
import { base, buttons } from "../../styles/shared.ts";
import "../../components/copy.ts";
import "../../components/dialog.ts";

@customElement("fl-token-dialog")
class TokenDialog extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      .token {
        display: flex;
        align-items: center;
        gap: var(--space-3);
        padding: var(--space-2) var(--space-2) var(--space-2) var(--space-3);
        border: 1px solid var(--border);
        border-radius: var(--radius);
        background: var(--sunken);
      }
      code {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property() device = "";
  @property() token = "";
  closed: () => void = () => {};

  protected override render() {
    return html`<fl-dialog heading="New token of ${this.device}" @closed=${this.closed}>
      <p class="quiet">It is shown only once. Copy it to the device before you close this.</p>
      <div class="token"><code>${this.token}</code><fl-copy wide autofocus .text=${this.token} what="token"></fl-copy></div>
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
