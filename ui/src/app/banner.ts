import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, state } from "lit/decorators.js";
import { gatewayNow } from "../state/clock.ts";
import { connection, log, retryNow, views } from "../state/connection.ts";
import { paths } from "../state/paths.ts";
import { notify } from "../state/toasts.ts";
import { base, buttons } from "../styles/shared.ts";
import { banner } from "./banner-style.ts";
import "../components/basic/icon.ts";
import "../components/basic/time.ts";

const GRACE_MS = 800;
/** Longer at the start: a page that is being loaded shows nothing yet that may be out of date. */
const FIRST_GRACE_MS = 5_000;

const VIEWS = {
  current: "",
  behind: "The projector has not followed the log since",
  building: "The views are being built since",
  away: "No projector has sent a heartbeat since",
} as const;

type Trouble = "none" | "lost" | "silent" | "away" | "full" | "views";

/**
 * Shown while the pages may be out of date or nothing can be recorded. Event `grown`: by how many pixels its height has
 * changed.
 */
@customElement("fl-banner")
export class Banner extends LitElement {
  static override styles = [
    base,
    buttons,
    banner,
    css`
      .banner {
        gap: var(--space-2) var(--space-3);
        background: var(--warning-tint);
        color: var(--warning-text);
      }
    `,
  ];

  @state() private shows: Trouble = "none";
  #wasOpen = false;
  #height = 0;
  /** RFC 3339 time of the loss. */
  #lostAt = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ends: readonly (() => void)[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.#ends = [connection, log, views].map((store) => store.subscribe(() => this.#follow()));
    this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const end of this.#ends) end();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  protected override willUpdate(changed: PropertyValues): void {
    // The height after the last change is not used, because the window may have another width now.
    if (changed.has("shows")) this.#height = this.offsetHeight;
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has("shows")) return;
    const grown = this.offsetHeight - this.#height;
    if (grown !== 0) this.dispatchEvent(new CustomEvent("grown", { detail: grown }));
  }

  protected override render() {
    return html`<div role="status">${this.#content()}</div>`;
  }

  #content() {
    switch (this.shows) {
      case "none":
        return nothing;
      case "lost":
        return html`<div class="banner">
          <fl-icon name="unplug"></fl-icon>
          <span>Disconnected since <fl-time at=${this.#lostAt} show="time"></fl-time>: the data shown may be out of date. Reconnecting…</span>
          <button class="button small" @click=${retryNow}>Retry now</button>
        </div>`;
      case "silent":
        return html`<div class="banner">
          <fl-icon name="unplug"></fl-icon>
          <span>The gateway has not answered since <fl-time at=${this.#lostAt} show="time"></fl-time>: the data shown may be out of date.</span>
        </div>`;
      case "views":
        return html`<div class="banner">
          <fl-icon name="hourglass"></fl-icon>
          <span
            >${VIEWS[views.value.state]} <fl-time at=${views.value.since} show="time"></fl-time>: the data shown is out of date.
            Events and commands are still recorded. <a href=${paths.gateways}>Gateways</a></span>
        </div>`;
      case "away":
        return html`<div class="banner">
          <fl-icon name="unplug"></fl-icon>
          <span>
            The log has been unavailable since <fl-time at=${log.value.since} show="time"></fl-time>: the data shown may be
            out of date, and no command can be sent. Devices store their data and send it later.
          </span>
        </div>`;
      case "full":
        return html`<div class="banner">
          <fl-icon name="alert"></fl-icon>
          <span>
            The log has been full since <fl-time at=${log.value.since} show="time"></fl-time>: nothing new is recorded until
            there is room (FLEETLOG_FLEET_MAX_BYTES). Devices store their data and send it later.
          </span>
        </div>`;
    }
  }

  #follow(): void {
    const trouble = now();
    if (trouble !== "lost" && trouble !== "silent") this.#lostAt = "";
    else this.#lostAt ||= new Date(gatewayNow()).toISOString();
    const { state: connected } = connection.value;
    if (connected === "open") this.#wasOpen = true;
    if (trouble === "none") {
      if (this.shows !== "none" && connected === "open")
        notify("good", "Live again", { detail: "Everything shown is up to date." });
      this.#show("none");
    } else if (this.shows === "none") {
      this.#timer ??= setTimeout(() => this.#show(now()), this.#wasOpen ? GRACE_MS : FIRST_GRACE_MS);
    } else this.#show(trouble);
  }

  #show(what: Trouble): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.shows = what;
  }
}

function now(): Trouble {
  const { state } = connection.value;
  if (state === "stopped") return "none";
  if (state !== "open") return state === "silent" ? "silent" : "lost";
  const { state: how } = log.value;
  if (how !== "ready") return how === "full" ? "full" : "away";
  return views.value.state === "current" ? "none" : "views";
}
