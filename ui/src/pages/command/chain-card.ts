import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { duration, lasting } from "../../components/text/times.ts";
import type { CommandDetail } from "../../data/commands.ts";
import { now } from "../../state/clock.ts";
import { personNames } from "../../state/person-names.ts";
import { StoreController } from "../../state/store.ts";
import { chainStyles } from "../../styles/chain.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { chainOf, folded, type Step } from "./chain.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/json.ts";
import "../../components/basic/time.ts";

@customElement("fl-chain-card")
export class ChainCard extends LitElement {
  static override styles = [base, buttons, cards, chainStyles];

  @property({ attribute: false }) command!: CommandDetail;
  @state() private open: ReadonlySet<string> = new Set();
  @state() private unfolded = false;
  readonly #now = new StoreController(this, now);

  constructor() {
    super();
    new StoreController(this, personNames);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("command");
    if (before === undefined || before.id === this.command.id) return;
    this.open = new Set();
    this.unfolded = false;
  }

  toggleAll(): void {
    const ids = this.command.events.map(({ id }) => id);
    this.open = new Set(this.open.size === ids.length ? [] : ids);
  }

  protected override render() {
    const steps = chainOf(this.command);
    const { head, hidden, tail } = this.unfolded ? { head: steps, hidden: 0, tail: [] } : folded(steps);
    const all = this.open.size === this.command.events.length;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head">
        <h2 id="heading">What happened</h2>
        <button class="button small end" aria-expanded=${all} @click=${this.toggleAll}>
          ${all ? "Hide raw events" : "Show raw events"}
        </button>
      </div>
      <ol>
        ${head.map((step, index) => this.#step(step, head[index + 1]))}
        ${
          hidden > 0
            ? html`<li class="gap">
              <span class="mark"><fl-icon name="more"></fl-icon></span>
              <button class="button small" @click=${this.#unfold}>Show ${hidden} more</button>
            </li>`
            : nothing
        }
        ${tail.map((step, index) => this.#step(step, tail[index + 1]))}
      </ol>
    </section>`;
  }

  /** @param next the following step, for the time between the two */
  #step(step: Step, next: Step | undefined) {
    if (step.kind === "waiting") return this.#waiting(step);
    return this.#event(step, next?.kind === "event" ? next.after : undefined);
  }

  #event({ event, icon, tone, title, detail }: Step & { kind: "event" }, after: number | undefined) {
    const open = this.open.has(event.id);
    return html`<li>
      <span class="mark ${tone}"><fl-icon .name=${icon}></fl-icon></span>
      <div class="what">
        <strong>${title}</strong>
        ${detail ? html`<span class="quiet">${detail}</span>` : nothing}
        <small>
          <fl-time at=${event.time} show="full"></fl-time>
          · ${event.type} <span class="number">#${event.seq}</span>${event.gateway ? html` · on ${event.gateway}` : nothing}
        </small>
      </div>
      <button
        class="button ghost small icon"
        aria-expanded=${open}
        aria-label="Raw event ${event.seq}"
        title="Raw event"
        @click=${() => this.#toggle(event.id)}
      >
        <fl-icon .name=${open ? "down" : "right"}></fl-icon>
      </button>
      ${open ? html`<fl-json class="raw" .value=${event} what="event ${event.seq}"></fl-json>` : nothing}
      ${after === undefined ? nothing : html`<span class="after" title="Until the next step">+${duration(after)}</span>`}
    </li>`;
  }

  #waiting({ title, since, until }: Step & { kind: "waiting" }) {
    const now = this.#now.value;
    const left = Date.parse(until) - now;
    return html`<li class="waiting">
      <span class="mark"><fl-icon name="hourglass"></fl-icon></span>
      <div class="what">
        <strong>${title}</strong>
        <span class="quiet">For ${lasting(Date.parse(since), now)}.
          ${left > 0 ? `It expires in ${duration(left)}.` : "Its deadline has passed; it is about to expire."}</span>
        <small>Deadline <fl-time at=${until} show="full"></fl-time></small>
      </div>
    </li>`;
  }

  #toggle(id: string): void {
    const open = new Set(this.open);
    if (!open.delete(id)) open.add(id);
    this.open = open;
  }

  readonly #unfold = (): void => {
    this.unfolded = true;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-chain-card": ChainCard;
  }
}
