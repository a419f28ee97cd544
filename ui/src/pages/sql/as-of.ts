import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { inLocalZone } from "../../components/text/times.ts";
import { base, buttons, fields } from "../../styles/shared.ts";
import "../../components/time-control/moment-field.ts";

const SEQUENCE = /^\d{1,15}$/;

/** A moment in words, such as `event #120`. @param at RFC 3339 or a sequence of FLEET; "": now */
export function momentInWords(at: string): string {
  if (at === "") return "now";
  if (SEQUENCE.test(at)) return `event #${at}`;
  const time = timeOf(at);
  return time === undefined ? at : inLocalZone(new Date(time));
}

/** The moment up to which a statement reads the history. Event `at`: RFC 3339, a sequence of FLEET, or "" for now. */
@customElement("fl-sql-as-of")
export class SqlAsOf extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    css`
      summary {
        cursor: pointer;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2) var(--space-3);
        padding: var(--space-2) 0;
      }
      label {
        display: flex;
        align-items: center;
        gap: var(--space-2);
      }
      label input {
        width: 8rem !important;
      }
    `,
  ];

  /** RFC 3339 or a sequence of FLEET; "": now. */
  @property() at = "";
  @state() private fault = "";

  protected override render() {
    const { at, fault } = this;
    const sequence = SEQUENCE.test(at) ? at : "";
    return html`<details ?open=${at !== ""}>
      <summary>As of ${momentInWords(at)}</summary>
      <div class="row">
        <fl-moment-field
          label="As of"
          .time=${sequence === "" ? timeOf(at) : undefined}
          @moment=${({ detail }: CustomEvent<number>) => this.#set(new Date(detail).toISOString())}
        ></fl-moment-field>
        <label
          >or sequence
          <input
            inputmode="numeric"
            maxlength="15"
            autocomplete="off"
            aria-invalid=${fault ? "true" : nothing}
            aria-describedby=${fault ? "fault" : nothing}
            .value=${sequence}
            @change=${this.#typed}
        /></label>
        ${at === "" ? nothing : html`<button class="button" @click=${this.#now}>Now</button>`}
      </div>
      ${fault ? html`<p class="fault" id="fault" role="alert">${fault}</p>` : nothing}
      <p class="hint">The statement sees nothing later, so that several statements read the same state.</p>
    </details>`;
  }

  readonly #typed = (event: Event): void => {
    const text = (event.target as HTMLInputElement).value.trim().replace(/^#/, "");
    if (text === "" || SEQUENCE.test(text)) this.#set(text);
    else this.fault = "A sequence is a whole number, such as 1200.";
  };

  /** The button goes, and the fields close: the focus moves to what remains. */
  readonly #now = (): void => {
    this.renderRoot.querySelector("summary")?.focus();
    this.#set("");
  };

  #set(at: string): void {
    this.fault = "";
    this.dispatchEvent(new CustomEvent("at", { detail: at }));
  }
}

function timeOf(at: string): number | undefined {
  const time = Date.parse(at);
  return Number.isNaN(time) ? undefined : time;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-sql-as-of": SqlAsOf;
  }
}
