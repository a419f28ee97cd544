import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { base, cardHost, cards, stacked } from "../../styles/shared.ts";
import "../../components/basic/copy.ts";
import "../../components/basic/icon.ts";

@customElement("fl-token-card")
export class TokenCard extends LitElement {
  static override styles = [
    base,
    cardHost,
    cards,
    stacked,
    css`
      .token {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2) var(--space-3);
        padding: var(--space-2) var(--space-2) var(--space-2) var(--space-3);
        border: 1px solid var(--border);
        border-radius: var(--radius);
        background: var(--sunken);
      }
      code {
        flex: 1 1 12rem;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .once {
        display: flex;
        gap: var(--space-2);
        color: var(--warning-text);
      }
      .once.copied {
        color: var(--good-text);
      }
      .once fl-icon {
        margin-top: 0.1rem;
      }
    `,
  ];

  @property() token = "";
  @property({ type: Boolean }) copied = false;

  protected override render() {
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Its token</h2></div>
      <div class="card-body">
        <div class="token">
          <code tabindex="0" aria-label="Token" @copy=${this.#copiedByHand}>${this.token}</code>
          <fl-copy wide .text=${this.token} what="token"></fl-copy>
        </div>
        ${
          this.copied
            ? html`<p class="once copied"><fl-icon name="check-circle"></fl-icon>Copied. Store it where only the device can read it.</p>`
            : html`<p class="once"><fl-icon name="warning"></fl-icon>Shown only once. It cannot be shown again, only replaced.</p>`
        }
      </div>
    </section>`;
  }

  readonly #copiedByHand = (): void => {
    this.dispatchEvent(new CustomEvent("copied", { detail: this.token, bubbles: true, composed: true }));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-token-card": TokenCard;
  }
}
