import { css, html, LitElement, svg } from "lit";
import { customElement, property } from "lit/decorators.js";
import { encode } from "uqr";

/** A QR code, dark on white in every theme, so that cameras can read it. */
@customElement("fl-qr")
export class Qr extends LitElement {
  static override styles = css`
    :host {
      display: block;
      width: 12rem;
      max-width: 100%;
      border-radius: 0.5rem;
      overflow: hidden;
    }
    svg {
      display: block;
      background: #fff;
    }
  `;

  @property() text = "";
  @property() what = "";

  protected override render() {
    const { size, data } = encode(this.text, { border: 2 });
    const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return html`<svg viewBox="0 0 ${size} ${size}" role="img" aria-label=${this.what} shape-rendering="crispEdges">
      ${svg`<path d=${squares.join("")} fill="#000" />`}
    </svg>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-qr": Qr;
  }
}
