import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { gatewayNow } from "../../state/clock.ts";
import { base, fields } from "../../styles/shared.ts";
import { zone } from "../text/times.ts";
import { toField } from "./span.ts";

/** A date and a time in the local zone, up to now. Event `moment` (ms since 1970) when another time is entered. */
@customElement("fl-moment-field")
export class MomentField extends LitElement {
  static override styles = [
    base,
    fields,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-2);
        min-width: 0;
      }
      input {
        width: auto !important;
        min-width: 0;
        max-width: 100%;
      }
      p {
        flex: 1 0 100%;
        color: var(--danger-text);
        font-size: var(--size-small);
      }
    `,
  ];

  /** In ms since 1970. */
  @property({ attribute: false }) time: number | undefined;
  @property() label = "Time";
  @state() private fault = "";
  @query("input") private readonly field!: HTMLInputElement;

  override focus(): void {
    void this.updateComplete.then(() => this.field.focus());
  }

  protected override updated(): void {
    // The text stays while it is edited.
    if (!this.field.matches(":focus")) this.field.value = this.time === undefined ? "" : toField(this.time);
  }

  protected override render() {
    return html`<input
        type="datetime-local"
        step="1"
        aria-label="${this.label}, ${zone}"
        aria-invalid=${this.fault ? "true" : nothing}
        aria-describedby="fault"
        max=${toField(gatewayNow())}
        @change=${this.#typed}
        @keydown=${(event: KeyboardEvent) => event.key === "Enter" && this.#typed()}
        @blur=${() => this.requestUpdate()}
      />
      <span class="quiet">${zone}</span>
      ${this.fault ? html`<p id="fault" role="alert">${this.fault}</p>` : nothing}`;
  }

  readonly #typed = (): void => {
    const time = Date.parse(this.field.value);
    this.fault = "";
    if (Number.isNaN(time)) this.fault = "Enter a date and a time.";
    else if (time > gatewayNow()) this.fault = "This time is in the future.";
    // The field has whole seconds: a difference of less than a second is no new time.
    else if (this.time === undefined || Math.floor(time / 1_000) !== Math.floor(this.time / 1_000))
      this.dispatchEvent(new CustomEvent("moment", { detail: time }));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-moment-field": MomentField;
  }
}
