import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { base } from "../../styles/shared.ts";
import "./copy.ts";

@customElement("fl-id")
export class Id extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: inline-flex;
        align-items: center;
        gap: 0.125rem;
        min-width: 0;
        max-width: 100%;
        vertical-align: bottom;
      }
      .id {
        min-width: 0;
      }
      a {
        color: inherit;
        font-weight: 500;
      }
      fl-copy {
        opacity: 0;
      }
      :host(:hover) fl-copy,
      :host(:focus-within) fl-copy,
      :host([always]) fl-copy {
        opacity: 1;
      }
      @media (hover: none) {
        fl-copy {
          opacity: 1;
        }
      }
    `,
  ];

  @property() value = "";
  @property() href = "";
  @property() what = "id";

  protected override render() {
    const id = html`<span class="id mono truncate" title=${this.value}>${this.value}</span>`;
    return html`${this.href ? html`<a class="truncate" href=${this.href}>${id}</a>` : id}
      <fl-copy .text=${this.value} what=${this.what}></fl-copy>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-id": Id;
  }
}
