import { css, html, LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { base, cardHost, cards } from "../../styles/shared.ts";
import type { Snippet } from "./snippets.ts";
import "../../components/basic/snippet.ts";
import "../../components/basic/tabs.ts";

@customElement("fl-snippets-card")
export class SnippetsCard extends LitElement {
  static override styles = [
    base,
    cardHost,
    cards,
    css`
      .card-body {
        padding-top: var(--space-1);
      }
      .parts {
        display: grid;
        gap: var(--space-4);
      }
    `,
  ];

  @property({ attribute: false }) snippets: readonly Snippet[] = [];
  @state() private chosen = "";

  protected override render() {
    const shown = this.snippets.find(({ key }) => key === this.chosen) ?? this.snippets[0];
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Connect it</h2></div>
      <div class="card-body">
        <fl-tabs
          label="Programs"
          .tabs=${this.snippets}
          selected=${shown?.key ?? ""}
          @select=${(event: CustomEvent<string>) => {
            this.chosen = event.detail;
          }}
        >
          <div class="parts">
            ${shown?.parts.map(({ says, code }) => html`<fl-snippet says=${says} .code=${code}></fl-snippet>`)}
          </div>
        </fl-tabs>
      </div>
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-snippets-card": SnippetsCard;
  }
}
