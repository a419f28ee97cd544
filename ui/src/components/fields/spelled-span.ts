import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { spelled, zone } from "../text/times.ts";

/**
 * Two times of a filter in words, with day of the week and zone: browsers order day and month in fields by their own
 * language. Without times, shows only the zone.
 */
@customElement("fl-spelled-span")
export class SpelledSpan extends LitElement {
  static override styles = css`
    :host {
      color: var(--text-quiet);
      font-size: var(--size-small);
    }
  `;

  /** RFC 3339; "": none. */
  @property() from = "";
  /** The end of the span, which is not included. RFC 3339; "": none. */
  @property() to = "";

  protected override render() {
    const [from, to] = [inWords(this.from), inWords(this.to)];
    if (from === "" && to === "") return html`${zone}`;
    return html`<span>${[from && `from ${from}`, to && `before ${to}`].filter(Boolean).join(", ")}</span>`;
  }
}

function inWords(moment: string): string {
  const at = new Date(moment);
  return Number.isNaN(at.getTime()) ? "" : spelled(at);
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-spelled-span": SpelledSpan;
  }
}
