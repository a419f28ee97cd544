import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { bytes, counted } from "../../components/text/numbers.ts";
import type { SystemResource } from "../../data/system.ts";
import { base, cards } from "../../styles/shared.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/time.ts";

@customElement("fl-processes-card")
export class ProcessesCard extends LitElement {
  static override styles = [
    base,
    cards,
    css`
      :host {
        display: grid;
        gap: var(--space-4);
        min-width: 0;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-3);
        padding: var(--space-3) var(--space-4);
      }
      li + li {
        border-top: 1px solid var(--border);
      }
      h3 {
        overflow-wrap: anywhere;
      }
      .detail {
        flex: 1 0 100%;
        color: var(--text-quiet);
        font-variant-numeric: tabular-nums;
      }
      .none {
        padding: var(--space-4);
      }
    `,
  ];

  @property({ attribute: false }) projectors: SystemResource["projectors"] = [];
  @property({ attribute: false }) reactors: SystemResource["reactors"] = [];
  @property({ attribute: false }) historians: NonNullable<SystemResource["historians"]> = [];

  protected override render() {
    return html`${this.#card(
      "Projectors",
      "No heartbeat from any projector: lists and statuses are not updated.",
      this.projectors.map(
        ({ id, state, lag, seq, heardAt }) => html`<li>
          <h3>${id}</h3>
          ${
            state === "live"
              ? html`<fl-badge tone=${lag > 0 ? "info" : "good"} icon="check-circle">Live</fl-badge>`
              : html`<fl-badge tone="warning" icon="hourglass">Building</fl-badge>`
          }
          <span class="detail">
            ${lag === 0 ? "Up to date" : `${counted(lag, "event")} behind`}, at #${seq.toLocaleString()}
            · heartbeat <fl-time at=${heardAt}></fl-time>
          </span>
        </li>`,
      ),
    )}
    ${this.#card(
      "Reactors",
      "No heartbeat from any reactors: commands do not expire, and lost gateways are not detected.",
      this.reactors.map(
        ({ id, active, heardAt }) => html`<li>
          <h3>${id}</h3>
          ${
            active
              ? html`<fl-badge tone="good" icon="check-circle">Active</fl-badge>`
              : html`<fl-badge tone="neutral" icon="hourglass">Standby</fl-badge>`
          }
          <span class="detail">
            ${active ? "Holds the lease" : "Takes over when the lease lapses"} · heartbeat <fl-time at=${heardAt}></fl-time>
          </span>
        </li>`,
      ),
    )}
    ${this.#card(
      "Historians",
      "No heartbeat from any historian: the past can't be shown. npm start and the compose file start one.",
      this.historians.map(
        ({ id, seq, lag, heardAt, rebuild, setAside, telemetry }) => html`<li>
          <h3>${id}</h3>
          ${
            rebuild !== undefined
              ? html`<fl-badge tone="warning" icon="hourglass">Rebuilding</fl-badge>`
              : lag === 0
                ? html`<fl-badge tone="good" icon="check-circle">Up to date</fl-badge>`
                : html`<fl-badge tone="info" icon="hourglass">Following</fl-badge>`
          }
          <span class="detail">
            ${rebuild === undefined ? "" : `${rebuildOf(rebuild)}; `}${lag === 0 ? "Has the whole log" : `${counted(lag, "event")} behind`}, at #${seq.toLocaleString()}
            · heartbeat <fl-time at=${heardAt}></fl-time>
          </span>
          ${(setAside ?? []).map((folder) => html`<span class="detail">${lostText(folder)}</span>`)}
          ${telemetry === undefined ? nothing : html`<span class="detail">${archiveOf(telemetry)}</span>`}
        </li>`,
      ),
    )}`;
  }

  #card(heading: string, none: string, items: readonly TemplateResult[]) {
    const id = heading.toLowerCase();
    return html`<section class="card" aria-labelledby=${id}>
      <div class="card-head"><h2 id=${id}>${heading}</h2></div>
      ${items.length === 0 ? html`<p class="none quiet">${none}</p>` : html`<ul>${items}</ul>`}
    </section>`;
  }
}

function rebuildOf({ seq, goal }: { readonly seq: number; readonly goal: number }): string {
  const percent = Math.floor((100 * seq) / Math.max(1, goal));
  return `Updated: a new history is built (${percent} % of ${counted(goal, "event")}), the old one answers`;
}

function lostText(folder: string): string {
  return `The disk could not read a file of the history, so it is built again from what the log has. Check the disk, then delete ${folder}`;
}

type Archive = NonNullable<NonNullable<SystemResource["historians"]>[number]["telemetry"]>;

function archiveOf({ first, seq, lag, bytes: size, check }: Archive) {
  if (first === undefined) return "Archive of telemetry: no files yet";
  const behind = lag === 0 ? "" : `, ${counted(lag, "event")} behind`;
  const from = `Archive of telemetry: #${first.toLocaleString()} to #${seq.toLocaleString()}`;
  return html`${from}, ${bytes(size)}${behind}${check === undefined ? nothing : checkOf(check)}`;
}

function checkOf({ checked, of, damaged, finishedAt }: NonNullable<Archive["check"]>) {
  const found = damaged === 0 ? "" : `, ${damaged.toLocaleString()} damaged`;
  if (checked < of)
    return ` · ${checked.toLocaleString()} of ${counted(of, "file")} compared with their hashes${found}`;
  if (finishedAt === undefined) return found;
  return html` · all files compared with their hashes <fl-time at=${finishedAt}></fl-time>${found}`;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-processes-card": ProcessesCard;
  }
}
