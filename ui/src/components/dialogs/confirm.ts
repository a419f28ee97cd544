import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { base, buttons } from "../../styles/shared.ts";
import type { Dialog } from "./dialog.ts";
import "./dialog.ts";

export interface Question {
  readonly heading: string;
  readonly body: TemplateResult | string;
  readonly action: string;
  readonly tone?: "danger" | "primary";
}

@customElement("fl-confirm")
class Confirm extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      .body {
        display: grid;
        gap: var(--space-3);
        color: var(--text-quiet);
      }
    `,
  ];

  @property({ attribute: false }) question!: Question;
  answer: (agreed: boolean) => void = () => {};
  #agreed = false;

  protected override render() {
    const { heading, body, action, tone = "danger" } = this.question;
    return html`<fl-dialog heading=${heading} @closed=${() => this.answer(this.#agreed)}>
      <div class="body">${body}</div>
      <button slot="footer" class="button" autofocus @click=${() => this.#close(false)}>Cancel</button>
      <button slot="footer" class="button ${tone}" @click=${() => this.#close(true)}>${action}</button>
    </fl-dialog>`;
  }

  #close(agreed: boolean): void {
    this.#agreed = agreed;
    this.renderRoot.querySelector<Dialog>("fl-dialog")?.close();
  }
}

export function confirm(question: Question): Promise<boolean> {
  const element = new Confirm();
  element.question = question;
  return new Promise((resolve) => {
    element.answer = (agreed) => {
      element.remove();
      resolve(agreed);
    };
    document.body.append(element);
  });
}
