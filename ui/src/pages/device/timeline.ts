import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { day } from "../../components/text/times.ts";
import { CATEGORY_NAMES, DEVICE_CATEGORIES, type DeviceCategory, type EventResource } from "../../data/events.ts";
import { FEED_VIEWS } from "../../data/feed/feed.ts";
import { InUse } from "../../state/in-use.ts";
import { personNames } from "../../state/person-names.ts";
import { Query } from "../../state/query.ts";
import { Serial } from "../../state/serial.ts";
import { StoreController } from "../../state/store.ts";
import { notifyError } from "../../state/toasts.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { affects, type DeviceChange, merged } from "./change.ts";
import { CommandNames } from "./command-names.ts";
import { eventText, linkOf } from "./event-text.ts";
import { History } from "./history.ts";
import { rawEvent } from "./raw-event.ts";
import { timelineStyles } from "./timeline-styles.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/loading.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/time.ts";

/**
 * Whether a change may bring events of a category. If a session ended with its gateway, the only report of its end may
 * be a change of the device's row in the views.
 */
function mayAffect(change: DeviceChange | undefined, category: DeviceCategory): boolean {
  return affects(change, category, ...(category === "session" ? [FEED_VIEWS] : []));
}

@customElement("fl-timeline")
export class Timeline extends LitElement {
  static override styles = [base, buttons, cards, timelineStyles];

  @property() device = "";
  @property({ attribute: false }) categories: readonly DeviceCategory[] = [];
  /** RFC 3339: only earlier events. */
  @property() until: string | undefined;
  @property({ attribute: false }) change: DeviceChange | undefined;
  @state() private open: ReadonlySet<string> = new Set();
  @state() private loadingOlder = false;
  @state() private waiting: History | undefined;
  readonly #use = new InUse(this, () => this.#showWaiting());
  #missing: DeviceChange | undefined;
  readonly #names = new CommandNames(this);
  #named: History | undefined;
  readonly #follow = new Serial(() => this.#refresh());
  readonly #history = new Query(this, {
    args: () => (this.device ? { device: this.device, categories: this.categories, until: this.until } : undefined),
    load: ({ device, categories, until }, signal) => History.load(device, categories, signal, until),
    keep: true,
    loaded: () => {
      this.waiting = undefined;
    },
  });

  constructor() {
    super();
    new StoreController(this, personNames);
  }

  protected override willUpdate(): void {
    const { data } = this.#history;
    if (data === undefined || data === this.#named) return;
    this.#named = data;
    this.#names.take(data.events);
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("change") || !this.categories.some((category) => mayAffect(this.change, category))) return;
    this.#missing = merged(this.#missing, this.change?.keys ? [...this.change.keys] : null);
    this.#follow.run();
  }

  protected override render() {
    return html`<section
      class="card"
      aria-labelledby="heading"
      @pointerenter=${this.#use.enter}
      @pointerleave=${this.#use.leave}
    >
      <div class="card-head">
        <h2 id="heading">History</h2>
        <div class="filters end" role="group" aria-label="Categories">
          ${DEVICE_CATEGORIES.map(
            (category) => html`<button
              class="button small"
              aria-pressed=${this.categories.includes(category)}
              @click=${() => this.#toggle(category)}
            >
              ${CATEGORY_NAMES[category]}
            </button>`,
          )}
        </div>
      </div>
      ${this.#content()}
    </section>`;
  }

  #content() {
    const { data, error } = this.#history;
    if (error && !data) return html`<fl-error .error=${error} @retry=${() => this.#history.reload()}></fl-error>`;
    if (!data) return html`<fl-loading></fl-loading>`;
    const { events } = data;
    if (events.length === 0 && data.complete) {
      return html`<fl-empty icon="search" heading="No such events yet">Choose more categories above.</fl-empty>`;
    }
    const known = events[0];
    const fresh = this.waiting?.events.findIndex((event) => event.id === known?.id) ?? 0;
    return html`${
      this.waiting && fresh !== 0
        ? html`<button class="fresh" @click=${this.#showWaiting}>${fresh > 0 ? fresh : "Many"} new ${fresh === 1 ? "event" : "events"}</button>`
        : nothing
    }
      <ol>
        ${repeat(
          events,
          ({ stream, seq }) => `${stream}${seq}`,
          (event, index) => this.#row(event, events[index - 1]),
        )}
      </ol>
      ${
        data.complete
          ? html`<p class="end-of-it">This is where its history begins.</p>`
          : html`<div class="more">
            <button class="button" ?disabled=${this.loadingOlder} @click=${this.#older}>
              ${this.loadingOlder ? "Loading…" : "Show older"}
            </button>
          </div>`
      }`;
  }

  #row(event: EventResource, before: EventResource | undefined) {
    const at = new Date(event.time);
    const today = day(at);
    const key = `${event.stream}${event.seq}`;
    const open = this.open.has(key);
    const { icon, tone, title, detail } = eventText(event, this.#names.of(event));
    const link = linkOf(event);
    return html`${before && day(new Date(before.time)) === today ? nothing : html`<li class="day">${today}</li>`}
      <li class="event">
        <fl-icon class=${tone} .name=${icon}></fl-icon>
        <div class="what">
          ${link ? html`<a class="title" href=${link}>${title}</a>` : html`<span class="title">${title}</span>`}
          <span class="detail">${detail}</span>
        </div>
        <fl-time at=${event.time} show="time"></fl-time>
        <button
          class="button ghost small icon"
          aria-expanded=${open}
          aria-label="Raw event ${event.seq}"
          title="Raw event"
          @click=${() => this.#toggleRaw(key)}
        >
          <fl-icon .name=${open ? "down" : "right"}></fl-icon>
        </button>
        ${open ? rawEvent(event) : nothing}
      </li>`;
  }

  #toggle(category: DeviceCategory): void {
    const on = this.categories.includes(category);
    const detail = DEVICE_CATEGORIES.filter((one) => (one === category ? !on : this.categories.includes(one)));
    this.dispatchEvent(new CustomEvent("categories", { detail }));
  }

  #toggleRaw(key: string): void {
    const open = new Set(this.open);
    if (!open.delete(key)) open.add(key);
    this.open = open;
  }

  readonly #older = async (): Promise<void> => {
    const { data } = this.#history;
    if (!data) return;
    this.loadingOlder = true;
    try {
      const older = await data.older();
      if (this.#history.data === data) this.#history.set(older);
    } catch (error) {
      notifyError("Older events could not be loaded", error);
    } finally {
      this.loadingOlder = false;
    }
  };

  /** Shows new events, or keeps them waiting while the list is in use. */
  async #refresh(): Promise<void> {
    const shown = this.#history.data;
    const data = this.waiting ?? shown;
    if (!data || !shown) return;
    const missing = this.#missing;
    this.#missing = undefined;
    try {
      const newer = await data.newer((category) => mayAffect(missing, category));
      if (newer === undefined) this.#history.reload();
      else if (this.#history.data !== shown || (this.waiting ?? shown) !== data) {
        // The shown events have changed since the read began, so newer events are read again.
        this.#missing = merged(this.#missing, null);
        this.#follow.run();
      } else if (this.#use.value && newer.events[0] !== shown.events[0]) this.waiting = newer;
      else this.#history.set(newer);
    } catch {
      // Keep the events: a banner reports the unreachable gateway, and a refresh follows when the gateway is back.
    }
  }

  readonly #showWaiting = (): void => {
    if (this.waiting) this.#history.set(this.waiting);
    this.waiting = undefined;
  };
}
