import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { submitOnEnter } from "../../components/fields/submit-on-enter.ts";
import { duration } from "../../components/text/times.ts";
import { getSystem, type SystemResource } from "../../data/system.ts";
import { Query } from "../../state/query.ts";
import { base, fields } from "../../styles/shared.ts";
import { amountIn, durationOf, UNITS, type Unit } from "./amounts.ts";

type Name = "lease" | "timeout";

/** Lease and time-out of a trial, each a number with a unit. Event `edit` (a record with the changed one). */
@customElement("fl-presence-fields")
export class PresenceFields extends LitElement {
  static override styles = [
    base,
    fields,
    css`
      /* The form's grid places the fields. */
      :host {
        display: contents;
      }
      .field {
        align-content: start;
      }
      .amount {
        display: grid;
        grid-template-columns: minmax(4rem, 1fr) 7rem;
        gap: var(--space-2);
      }
    `,
  ];

  /** A duration as in the API, such as `60s`; "": not set. */
  @property() lease = "";
  @property() timeout = "";
  @property({ attribute: false }) faults: Readonly<Record<Name, string>> = { lease: "", timeout: "" };
  /** The chosen units, also of fields without a number. */
  readonly #units: Record<Name, Unit> = { lease: "s", timeout: "s" };
  readonly #system = new Query<"system", SystemResource>(this, {
    args: () => "system",
    load: (_, signal) => getSystem(signal),
  });

  constructor() {
    super();
    submitOnEnter(this);
  }

  protected override render() {
    const present = presentLease(this.#system.data);
    return html`${this.#field(
      "lease",
      "Lease of gateways",
      `${present === undefined ? "" : `Today: ${duration(present)}. `}A dead gateway is declared lost after about twice this time.`,
    )}
    ${this.#field(
      "timeout",
      "Time-out of devices",
      "Today: 1.5 times the keep-alive by MQTT, four pings by WebSocket. After this silence a device counts as disconnected.",
    )}`;
  }

  #field(name: Name, label: string, hint: string) {
    const fault = this.faults[name];
    const { number, unit } = amountIn(this[name]) ?? { number: "", unit: this.#units[name] };
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <div class="amount">
        <input
          id=${name}
          type="number"
          min="0"
          step="any"
          inputmode="decimal"
          autocomplete="off"
          .value=${number}
          aria-invalid=${fault ? "true" : nothing}
          aria-describedby="${name}-hint"
          @input=${() => this.#edited(name)}
        />
        <select
          id="${name}-unit"
          aria-label="Unit of ${label.toLowerCase()}"
          @change=${() => this.#edited(name)}
        >
          ${Object.entries(UNITS).map(([value, text]) => html`<option value=${value} .selected=${value === unit}>${text}</option>`)}
        </select>
      </div>
      <p class=${fault ? "fault" : "hint"} id="${name}-hint">${fault || hint}</p>
    </div>`;
  }

  #edited(name: Name): void {
    const value = (id: string) => this.renderRoot.querySelector<HTMLInputElement | HTMLSelectElement>(`#${id}`)?.value;
    const unit = (value(`${name}-unit`) ?? "s") as Unit;
    this.#units[name] = unit;
    const detail = { [name]: durationOf({ number: value(name) ?? "", unit }) };
    this.dispatchEvent(new CustomEvent("edit", { detail }));
  }
}

/** The lease in ms that a running gateway has: all gateways should have the same. */
function presentLease(system: SystemResource | undefined): number | undefined {
  const lease = system?.gateways.find(({ live }) => live?.lease !== undefined)?.live?.lease;
  return lease && Date.parse(lease.lapsesAt) - Date.parse(lease.renewedAt);
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-presence-fields": PresenceFields;
  }
}
