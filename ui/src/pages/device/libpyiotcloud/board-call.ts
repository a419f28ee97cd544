import { html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { confirm } from "../../../components/dialogs/confirm.ts";
import { base, buttons, fields } from "../../../styles/shared.ts";
import { callBoard } from "./calls.ts";
import { boardStyles } from "./styles.ts";

/** A button for one call of a board. */
export interface BoardButton {
  readonly label: string;
  readonly api: string;
  /** The call's parameters, made from the values of the fields; undefined if a field is empty. */
  params?(values: readonly string[]): object | undefined;
  /** The operator must agree to this before the call. */
  readonly asks?: { readonly heading: string; readonly body: string };
  said(answer: unknown): string;
}

export interface BoardField {
  readonly id: string;
  readonly label: string;
}

/** One subject of a board: its fields, the buttons that send calls, and what the board has answered. */
@customElement("fl-board-call")
export class BoardCall extends LitElement {
  static override styles = [base, buttons, fields, boardStyles];

  @property() device = "";
  @property() heading = "";
  @property({ attribute: false }) inputs: readonly BoardField[] = [];
  @property({ attribute: false }) buttons: readonly BoardButton[] = [];
  @state() private busy = false;
  @state() private answer = "";
  @state() private fault = "";

  protected override render() {
    return html`<h3>${this.heading}</h3>
      ${this.inputs.map(
        ({ id, label }) => html`<div class="field">
          <label for=${id}>${label}</label>
          <input id=${id} type="text" autocomplete="off" maxlength="1000" />
        </div>`,
      )}
      <div class="row">
        ${this.buttons.map(
          (button) => html`<button class="button" aria-disabled=${this.busy} @click=${() => this.#press(button)}>
            ${button.label}
          </button>`,
        )}
      </div>
      <p class="answer" role="status">${this.fault ? html`<span class="fault">${this.fault}</span>` : this.answer}</p>`;
  }

  async #press({ api, params, asks, said }: BoardButton): Promise<void> {
    if (this.busy) return;
    const fields = [...this.renderRoot.querySelectorAll("input")];
    const given = params === undefined ? {} : params(fields.map(({ value }) => value));
    if (given === undefined) {
      this.fault = "Fill in every field.";
      fields.find(({ value }) => value === "")?.focus();
      return;
    }
    if (asks !== undefined && !(await confirm({ ...asks, action: asks.heading.replace(/\?$/, "") }))) return;
    this.busy = true;
    this.fault = "";
    this.answer = "Waiting for the device…";
    const answered = await callBoard(this.device, api, given);
    this.busy = false;
    this.answer = "fault" in answered ? "" : said(answered.value);
    this.fault = "fault" in answered ? answered.fault : "";
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-board-call": BoardCall;
  }
}
