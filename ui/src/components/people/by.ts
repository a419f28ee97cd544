import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { callerName, personNames } from "../../state/person-names.ts";
import { StoreController } from "../../state/store.ts";

/** Who did something, by name where the viewer may see people. The id is in the tooltip. */
@customElement("fl-by")
export class By extends LitElement {
  /** Addresses are longer than a phone is wide. */
  static override styles = css`
    :host {
      overflow-wrap: anywhere;
    }
  `;

  /** The author as events name them, such as a person's id. */
  @property() by = "";

  constructor() {
    super();
    new StoreController(this, personNames);
  }

  protected override render() {
    const name = callerName(this.by);
    return name === this.by ? name : html`<span title=${this.by}>${name}</span>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-by": By;
  }
}
