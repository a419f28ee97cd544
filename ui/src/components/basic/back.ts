import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { addressLeft, returnTo } from "../../state/location.ts";
import { base } from "../../styles/shared.ts";
import "./icon.ts";

/** A link from an item's page to its list, with the list's last filters, order and position. */
@customElement("fl-back")
export class Back extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        width: fit-content;
      }
      a {
        display: inline-flex;
        align-items: center;
        gap: var(--space-1);
        color: var(--text-quiet);
        font-size: var(--size-small);
      }
      @media (pointer: coarse) {
        a {
          min-height: 2.5rem;
          padding-right: var(--space-3);
        }
      }
    `,
  ];

  @property() to = "";

  protected override render() {
    return html`<a href=${addressLeft(this.to)} @click=${this.#click}><fl-icon name="back"></fl-icon><slot></slot></a>`;
  }

  readonly #click = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    returnTo(this.to);
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-back": Back;
  }
}
