import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { listCommands } from "../../../data/commands.ts";
import { Query } from "../../../state/query.ts";
import { base, buttons, fields } from "../../../styles/shared.ts";
import { callBoard, memberOf, type Pins, pinsOf } from "./calls.ts";
import { boardStyles } from "./styles.ts";
import "../../../components/basic/icon.ts";

const RECENT = 100;
const LAST_PIN = 255;

/** The pins of a board that were read or set lately, as switches. */
@customElement("fl-board-pins")
export class BoardPins extends LitElement {
  static override styles = [
    base,
    buttons,
    fields,
    boardStyles,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(9rem, 100%), 1fr));
        gap: var(--space-2);
      }
      li label {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        min-height: var(--control);
        padding: 0 var(--space-3);
        border: 1px solid var(--border);
        border-radius: var(--radius);
        cursor: pointer;
      }
      li .end {
        margin-left: auto;
        color: var(--text-quiet);
        font-size: var(--size-small);
      }
      #number {
        width: 5rem;
      }
    `,
  ];

  @property() device = "";
  @state() private changed: Pins = new Map();
  @state() private busy: number | undefined;
  @state() private fault = "";
  @query("#number") private readonly numberField!: HTMLInputElement;
  readonly #recent = new Query(this, {
    args: () => this.device || undefined,
    load: (device, signal) => listCommands({ device, limit: RECENT }, signal),
  });

  protected override render() {
    const pins = this.#pins();
    return html`<h3>Pins</h3>
      ${
        pins.size === 0
          ? html`<p class="quiet">No pin is known yet. Read one.</p>`
          : html`<ul aria-label="Pins">${[...pins].map(([number, isOn]) => this.#pin(number, isOn))}</ul>`
      }
      <form class="row" novalidate @submit=${this.#read}>
        <label for="number">Pin</label>
        <input id="number" type="number" min="0" max=${LAST_PIN} inputmode="numeric" autocomplete="off" />
        <button class="button" aria-disabled=${this.busy !== undefined}>Read</button>
      </form>
      <p class="answer" role="status">${this.fault ? html`<span class="fault">${this.fault}</span>` : nothing}</p>`;
  }

  #pin(number: number, isOn: boolean) {
    return html`<li>
      <label>
        <input
          type="checkbox"
          role="switch"
          .checked=${isOn}
          aria-disabled=${this.busy !== undefined}
          @click=${(event: MouseEvent) => this.#set(event, number, !isOn)}
        />
        Pin ${number}<span class="end" aria-hidden="true">${this.busy === number ? "…" : isOn ? "on" : "off"}</span>
      </label>
    </li>`;
  }

  #pins(): Pins {
    const pins = new Map([...pinsOf(this.#recent.data?.items ?? []), ...this.changed]);
    return new Map([...pins].sort(([a], [b]) => a - b));
  }

  readonly #set = async (event: MouseEvent, number: number, on: boolean): Promise<void> => {
    // The switch follows the device's answer.
    event.preventDefault();
    await this.#call("set_gpio", { number, value: on ? 1 : 0 });
  };

  readonly #read = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const number = this.numberField.valueAsNumber;
    if (Number.isInteger(number) && number >= 0 && number <= LAST_PIN) await this.#call("get_gpio", { number });
    else {
      this.fault = `A pin is a number from 0 to ${LAST_PIN}.`;
      this.numberField.focus();
    }
  };

  async #call(name: string, params: { readonly number: number; readonly value?: number }): Promise<void> {
    if (this.busy !== undefined) return;
    this.busy = params.number;
    this.fault = "";
    const answered = await callBoard(this.device, name, params);
    this.busy = undefined;
    if ("fault" in answered) this.fault = answered.fault;
    else this.changed = new Map(this.changed).set(params.number, memberOf(answered.value, "value") === "1");
    await this.updateComplete;
    for (const box of this.renderRoot.querySelectorAll<HTMLInputElement>("[role=switch]")) this.#show(box);
  }

  /** Sets the box to the pin's value, because the browser may have changed the box since it was drawn. */
  #show(box: HTMLInputElement): void {
    const number = Number(/\d+/.exec(box.parentElement?.textContent ?? "")?.[0]);
    box.checked = this.#pins().get(number) ?? false;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-board-pins": BoardPins;
  }
}
