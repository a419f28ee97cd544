import { css, html, LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import { MediaQuery } from "../../state/media-query.ts";
import { base } from "../../styles/shared.ts";

/**
 * The cards of a device's page, in one or two columns. Each card has the slot of its group: `values`, `status`,
 * `commands`, `history` or `about`.
 *
 * Groups change places with the window's width. They do so in this element's tree instead of by the CSS property `order`,
 * so that Tab and screen readers follow what is seen. The cards stay where they are in the page's tree, and so keep
 * their state.
 */
@customElement("fl-card-columns")
export class CardColumns extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        align-items: start;
        gap: var(--space-4);
        min-width: 0;
      }
      .wide {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(18rem, 23rem);
        align-items: start;
        gap: inherit;
      }
      .halves {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        align-items: start;
        gap: inherit;
      }
      .column {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: inherit;
        min-width: 0;
      }
      .side {
        order: 1;
      }
      @media (max-width: 47.99rem) {
        :host {
          gap: var(--space-3);
        }
      }
    `,
  ];

  readonly #oneColumn = new MediaQuery(this, "(max-width: 67rem)");
  readonly #phone = new MediaQuery(this, "(max-width: 47.99rem)");

  protected override render() {
    if (this.#phone.matches) return phone();
    return this.#oneColumn.matches ? oneColumn() : twoColumns();
  }
}

/** The column of status and commands comes first for the keyboard, because the history in the other can be long. */
const twoColumns = () =>
  html`<div class="wide">
    <div class="column side"><slot name="status"></slot><slot name="commands"></slot><slot name="about"></slot></div>
    <div class="column"><slot name="values"></slot><slot name="history"></slot></div>
  </div>`;

/** The values come first, because the header shows the status already. Then follow its reasons, and the commands. */
const oneColumn = () =>
  html`<div class="column">
    <slot name="values"></slot>
    <div class="halves">
      <div class="column"><slot name="status"></slot><slot name="about"></slot></div>
      <div class="column"><slot name="commands"></slot></div>
    </div>
    <slot name="history"></slot>
  </div>`;

const phone = () =>
  html`<div class="column">
    <slot name="values"></slot><slot name="status"></slot><slot name="commands"></slot><slot name="history"></slot
    ><slot name="about"></slot>
  </div>`;

declare global {
  interface HTMLElementTagNameMap {
    "fl-card-columns": CardColumns;
  }
}
