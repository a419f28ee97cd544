import { html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { now } from "../../state/clock.ts";
import { ago, exactly, inLocalZone, lasting, timeOfDay } from "../text/times.ts";

/**
 * A local time, with UTC on hover. `show`: `relative` (`3 min ago`) and `for` (`3 min`), both kept up to date; `full`,
 * with the zone; or `time` (of the day).
 */
@customElement("fl-time")
export class Time extends LitElement {
  /** RFC 3339. */
  @property() at = "";
  @property() show: "relative" | "for" | "full" | "time" = "relative";
  #end: () => void = () => {};

  override connectedCallback(): void {
    super.connectedCallback();
    this.#end = now.subscribe(() => {
      if (this.show === "relative" || this.show === "for") this.requestUpdate();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#end();
  }

  protected override render() {
    const at = new Date(this.at);
    if (Number.isNaN(at.getTime())) return nothing;
    return html`<time datetime=${at.toISOString()} title=${exactly(at)}>${this.#text(at)}</time>`;
  }

  #text(at: Date): string {
    if (this.show === "full") return inLocalZone(at);
    if (this.show === "time") return timeOfDay(at);
    if (this.show === "for") return lasting(at.getTime(), now.value);
    return ago(at.getTime(), now.value);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-time": Time;
  }
}
