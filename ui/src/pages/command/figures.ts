import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { duration, lasting } from "../../components/text/times.ts";
import { type CommandDetail, isOpen } from "../../data/commands.ts";
import { now } from "../../state/clock.ts";
import { StoreController } from "../../state/store.ts";
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
  readonly #now = new StoreController(this, now);

  protected override render() {
    const { wait, work, total } = durationsOf(this.command);
    const { issuedAt, deliveredAt } = this.command;
    return html`<dl>
      ${this.#figure("Until delivery", wait, deliveredAt === undefined ? issuedAt : undefined)}
      ${this.#figure("The device took", work, deliveredAt)} ${this.#figure("Total", total, issuedAt)}
      <div>
        <dt>Deliveries</dt>
        <dd class=${this.command.deliveries === 0 ? "none" : nothing}>${this.command.deliveries}</dd>
      </div>
    </dl>`;
  }

  /** @param since when it began, for what has not ended */
  #figure(name: string, ms: number | undefined, since: string | undefined) {
    const soFar =
      since !== undefined && isOpen(this.command) ? `${lasting(Date.parse(since), this.#now.value)} so far` : "–";
    return html`<div>
      <dt>${name}</dt>
      <dd class=${ms === undefined ? "none" : nothing}>${ms === undefined ? soFar : duration(ms)}</dd>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-command-figures": CommandFigures;
  }
}
