import { css, html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { inLocalZone, zone } from "../components/text/times.ts";
import { goTo, past } from "../state/past.ts";
import { playing } from "../state/replay.ts";
import { StoreController } from "../state/store.ts";
import { base, buttons } from "../styles/shared.ts";
import { banner } from "./banner-style.ts";
import "../components/basic/icon.ts";

/** Says above a page that the page shows the past, and which moment. */
@customElement("fl-past-banner")
export class PastBanner extends LitElement {
  static override styles = [
    base,
    buttons,
    banner,
    css`
      .banner {
        flex-wrap: wrap;
        gap: var(--space-1) var(--space-3);
        background: var(--past-tint);
        color: var(--past-text);
      }
      .why {
        font-weight: 400;
      }
      @media (pointer: coarse) {
        .button {
          height: var(--control);
        }
      }
      @media (max-width: 47.99rem) {
        .banner {
          justify-content: space-between;
          padding: var(--space-1) var(--space-3);
        }
        .why,
        .banner > fl-icon {
          display: none;
        }
      }
    `,
  ];

  readonly #past = new StoreController(this, past);
  readonly #playing = new StoreController(this, playing);

  protected override render() {
    // Off while a replay plays, because a screen reader would read each moment of it aloud.
    return html`<div role="status" aria-live=${this.#playing.value ? "off" : "polite"}>${this.#content()}</div>`;
  }

  #content() {
    const moment = this.#past.value;
    if (moment === undefined) return nothing;
    const { at, time } = moment;
    const when =
      time === undefined ? (/^\d+$/.test(at) ? `event #${at}` : at) : `${inLocalZone(new Date(time))} (${zone})`;
    return html`<div class="banner">
      <fl-icon name="history"></fl-icon>
      <span>This is the past: as of ${when}${this.#playing.value ? ", played again" : ""}.</span>
      <span class="why">Nothing here is live. Commands and changes are off.</span>
      <button class="button small" aria-keyshortcuts="l" title="l" @click=${() => goTo(undefined)}>Back to now</button>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-past-banner": PastBanner;
  }
}
