import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { download } from "../../components/basic/download.ts";
import { csv } from "../../components/text/csv.ts";
import type { MadeClaimCodes } from "../../data/onboarding.ts";
import { claimLink } from "../../state/claim-link.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/qr.ts";

const PER_SHEET = 120;

@customElement("fl-print-sheet")
export class PrintSheet extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    fields,
    css`
      .card {
        padding: var(--space-4);
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        margin: var(--space-3) 0;
      }
      select {
        width: auto;
      }
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr));
        gap: var(--space-3);
      }
      li {
        display: grid;
        justify-items: center;
        gap: var(--space-2);
        min-width: 0;
        padding: var(--space-3);
        border: 1px dashed var(--border-strong);
        border-radius: var(--radius);
        text-align: center;
        overflow-wrap: anywhere;
        break-inside: avoid;
      }
      fl-qr {
        width: 8rem;
      }
      @media print {
        .screen {
          display: none;
        }
        .card {
          padding: 0;
          border: 0;
        }
        ul {
          grid-template-columns: repeat(3, 1fr);
        }
        li {
          border-color: #999;
          color: #000;
        }
      }
    `,
  ];

  @property({ attribute: false }) made: MadeClaimCodes = { batch: "", items: [] };
  @state() private sheet = 0;

  protected override render() {
    const { batch, items } = this.made;
    const sheets = Math.ceil(items.length / PER_SHEET);
    const shown = items.slice(this.sheet * PER_SHEET, (this.sheet + 1) * PER_SHEET);
    return html`<section class="card" aria-label="New claim codes">
      <div class="screen">
        <h1>${items.length === 1 ? "1 code is made" : `${items.length} codes are made`}</h1>
        <p class="quiet">Print or download them now: they cannot be shown again.</p>
        <div class="actions">
          <button class="button primary" @click=${() => window.print()}>Print</button>
          <button class="button" @click=${this.#download}>Download CSV</button>
          ${
            sheets > 1
              ? html`<select aria-label="Sheet" @change=${this.#choose}>
                  ${Array.from({ length: sheets }, (_, i) => html`<option value=${i}>Sheet ${i + 1} of ${sheets}</option>`)}
                </select>`
              : nothing
          }
          <button class="button" @click=${() => this.dispatchEvent(new Event("done"))}>Done</button>
        </div>
      </div>
      <ul aria-label="Codes">
        ${shown.map(
          ({ number, code, device, serial }) => html`<li>
            <fl-qr text=${claimLink(code)} what="QR code of code ${number}"></fl-qr>
            <code>${code}</code>
            <small>${batch} ${number}${device === undefined ? "" : ` · ${device}`}${serial === undefined ? "" : ` · ${serial}`}</small>
          </li>`,
        )}
      </ul>
    </section>`;
  }

  readonly #choose = (event: Event): void => {
    this.sheet = Number((event.target as HTMLSelectElement).value);
  };

  readonly #download = (): void => {
    const { batch, items } = this.made;
    const rows = items.map(({ number, code, device, serial }) => [number, code, device, serial, claimLink(code)]);
    download(`claim-codes-${batch}.csv`, "text/csv", csv(["number", "code", "device", "serial", "link"], rows));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-print-sheet": PrintSheet;
  }
}
