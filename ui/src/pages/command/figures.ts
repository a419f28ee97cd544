import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { duration } from "../../components/text/times.ts";
import type { CommandDetail } from "../../data/commands.ts";
import { base } from "../../styles/shared.ts";
import { durationsOf } from "./chain.ts";

@customElement("fl-command-figures")
export class CommandFigures extends LitElement {
  static override styles = [
    base,
    css`
      dl {
        display: grid;
        grid-template-columns: repeat(4, minmax(0, 1fr));
        gap: var(--space-3);
      }
      div {
        padding: var(--space-3) var(--space-4);
        border: 1px solid var(--border);
        border-radius: var(--radius-large);
        background: var(--surface);
        box-shadow: var(--shadow);
      }
      dt {
        color: var(--text-quiet);
        font-size: var(--size-small);
      }
      dd {
        font-size: 1.125rem;
        font-weight: 600;
        font-variant-numeric: tabular-nums;
        letter-spacing: -0.01em;
        white-space: nowrap;
      }
      .none {
        color: var(--text-faint);
        font-weight: 400;
      }
      @media (max-width: 47.99rem) {
        dl {
          grid-template-columns: repeat(2, minmax(0, 1fr));
          gap: var(--space-2);
        }
        div {
          padding: var(--space-2) var(--space-3);
        }
      }
    `,
  ];

  @property({ attribute: false }) command!: CommandDetail;

  protected override render() {
    const { wait, work, total } = durationsOf(this.command);
    return html`<dl>
      ${this.#figure("Until delivery", wait)} ${this.#figure("The device took", work)} ${this.#figure("Total", total)}
      <div>
        <dt>Deliveries</dt>
        <dd class=${this.command.deliveries === 0 ? "none" : nothing}>${this.command.deliveries}</dd>
      </div>
    </dl>`;
  }

  #figure(name: string, ms: number | undefined) {
    return html`<div>
      <dt>${name}</dt>
      <dd class=${ms === undefined ? "none" : nothing}>${ms === undefined ? "–" : duration(ms)}</dd>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-command-figures": CommandFigures;
  }
}
