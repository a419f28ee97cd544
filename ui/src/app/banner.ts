import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { connection, retryNow } from "../state/connection.ts";
import { base, buttons } from "../styles/shared.ts";
import "../components/icon.ts";

/** Shorter gaps than this are nobody's business. */
const GRACE_MS = 800;

/** Says while live changes do not arrive, and for a moment that they do again. */
@customElement("fl-banner")
export class Banner extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      .banner {
        display: flex;
        align-items: center;
        justify-content: center;
        gap: var(--space-2) var(--space-3);
        min-height: 2.25rem;
        padding: var(--space-1) var(--space-4);
        background: var(--warning-tint);
        color: var(--warning-text);
        font-weight: 500;
      }
      .back {
        background: var(--good-tint);
        color: var(--good-text);
      }
      .button {
        height: 1.75rem;
      }
    `,
  ];

  @state() private shows: "nothing" | "lost" | "back" = "nothing";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end: () => void = () => {};

  override connectedCallback(): void {
    super.connectedCallback();
    this.#end = connection.subscribe(() => this.#follow());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#end();
    clearTimeout(this.#timer);
  }

  protected override render() {
    return html`<div role="status">${this.#content()}</div>`;
  }

  #content() {
    if (this.shows === "nothing") return nothing;
    if (this.shows === "back") {
      return html`<div class="banner back"><fl-icon name="check-circle"></fl-icon>Live again; everything shown is up to date.</div>`;
    }
    return html`<div class="banner">
      <fl-icon name="unplug"></fl-icon>
      <span>Disconnected: what you see may be old. Reconnecting…</span>
      <button class="button small" @click=${retryNow}>Retry now</button>
    </div>`;
  }

  #follow(): void {
    const { state: now } = connection.value;
    if (now === "open") {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      if (this.shows === "lost") this.#show("back");
    } else if (now === "stopped") this.#show("nothing");
    else if (this.shows !== "lost") this.#timer ??= setTimeout(() => this.#show("lost"), GRACE_MS);
  }

  #show(what: Banner["shows"]): void {
    clearTimeout(this.#timer);
    this.#timer = what === "back" ? setTimeout(() => this.#show("nothing"), 3_000) : undefined;
    this.shows = what;
  }
}
