import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { FleetSummary } from "../../../data/devices.ts";
import { getSystem, type SystemResource } from "../../../data/system.ts";
import { now } from "../../../state/clock.ts";
import { inPast } from "../../../state/past.ts";
import { paths } from "../../../state/paths.ts";
import { Query } from "../../../state/query.ts";
import { StoreController } from "../../../state/store.ts";
import { WatchController } from "../../../state/watch.ts";
import { base } from "../../../styles/shared.ts";
import { type AttentionItem, attentionItems } from "./attention.ts";
import "../../../components/basic/icon.ts";

/** Least time between two reads of the system; heartbeats arrive every 2 s. */
const SYSTEM_MS = 10_000;

/**
 * Lists problems with links; hidden without problems. While `held`, entries neither appear, disappear nor move. Events:
 * `waiting` (whether a new entry is not shown yet); `stale` when the summary may be out of date.
 */
@customElement("fl-needs-attention")
export class NeedsAttention extends LitElement {
  static override styles = [
    base,
    css`
      :host([hidden]) {
        display: none;
      }
      section {
        display: flex;
        align-items: baseline;
        gap: var(--space-2) var(--space-4);
        padding: var(--space-2) var(--space-4);
        border: 1px solid var(--border);
        border-left: 3px solid var(--warning-mark);
        border-radius: var(--radius-large);
        background: var(--surface);
        box-shadow: var(--shadow);
      }
      section.danger {
        border-left-color: var(--danger-mark);
      }
      h2 {
        flex: none;
        font-size: var(--size);
        line-height: 1.5rem;
      }
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--space-5);
        min-width: 0;
      }
      a {
        display: flex;
        gap: var(--space-2);
        padding: 0.125rem 0;
        color: var(--text);
        line-height: 1.25rem;
        overflow-wrap: anywhere;
      }
      a:hover span {
        text-decoration: underline;
        text-underline-offset: 3px;
      }
      fl-icon {
        flex: none;
        margin-top: 0.125rem;
      }
      .danger fl-icon {
        color: var(--danger-mark);
      }
      .warning fl-icon {
        color: var(--warning-mark);
      }
      @media (pointer: coarse) {
        section {
          align-items: center;
        }
        a {
          align-items: center;
          min-height: var(--control);
        }
        fl-icon {
          margin-top: 0;
        }
      }
      @media (max-width: 47.99rem) {
        section {
          display: block;
          padding: var(--space-2) var(--space-3);
        }
        a {
          padding: var(--space-1) 0;
        }
      }
    `,
  ];

  @property({ attribute: false }) summary: FleetSummary | undefined;
  @property({ type: Boolean }) held = false;
  /** The summary shows the past. Problems of processes belong to the present, so they are hidden. */
  @property({ type: Boolean }) past = false;
  #shown: readonly AttentionItem[] = [];
  #waiting = false;
  #read = 0;
  readonly #now = new StoreController(this, now);
  readonly #system = new Query<"system", SystemResource>(this, {
    args: () => (this.past ? undefined : "system"),
    load: (_, signal) => getSystem(signal),
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => (this.past ? undefined : { topic: "system" }),
      () => this.#systemChanged(),
    );
  }

  show(): void {
    this.#shown = this.#items();
    this.requestUpdate();
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const items = this.#items();
    const moves = keysOf(items) !== keysOf(this.#shown);
    if (!(this.held && moves)) this.#shown = items;
    const waiting = this.held && items.some(({ key }) => !this.#shown.some((one) => one.key === key));
    if (waiting === this.#waiting) return;
    this.#waiting = waiting;
    this.dispatchEvent(new CustomEvent("waiting", { detail: waiting }));
  }

  protected override render() {
    if (this.#shown.length === 0) return nothing;
    return html`<section class=${this.#shown[0]?.tone ?? ""} aria-labelledby="heading">
      <h2 id="heading">Needs attention</h2>
      <ul>
        ${repeat(
          this.#shown,
          ({ key }) => key,
          ({ tone, text, href }) => html`<li class=${tone}>
            <a href=${href.startsWith(paths.fleet) ? inPast(href) : href}><fl-icon .name=${tone === "danger" ? "alert" : "warning"}></fl-icon><span>${text}</span></a>
          </li>`,
        )}
      </ul>
    </section>`;
  }

  protected override updated(): void {
    this.hidden = this.#shown.length === 0;
  }

  #items(): readonly AttentionItem[] {
    return attentionItems(this.summary, this.#system.data, this.#now.value);
  }

  #systemChanged(): void {
    const at = Date.now();
    if (at < this.#read + SYSTEM_MS) return;
    this.#read = at;
    this.#system.reload();
    this.dispatchEvent(new Event("stale"));
  }
}

function keysOf(items: readonly AttentionItem[]): string {
  return items.map(({ key }) => key).join("\n");
}
