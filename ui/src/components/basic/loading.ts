import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { Slow } from "../../state/slow.ts";
import { base } from "../../styles/shared.ts";

const WAITS = {
  gateway: "Still loading: the gateway has not answered yet.",
  historian: "Still loading: the historian has not answered yet. It may be starting, or busy with another request.",
} as const;

/** Shown before the first answer. After two seconds it says whose answer is missing. */
@customElement("fl-loading")
export class Loading extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        padding: var(--space-6) var(--space-4);
        color: var(--text-faint);
        text-align: center;
      }
    `,
  ];

  @property() from: keyof typeof WAITS = "gateway";
  readonly #slow = new Slow(this, () => true);

  protected override render() {
    return html`<p role="status">${this.#slow.value ? WAITS[this.from] : "Loading…"}</p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-loading": Loading;
  }
}
