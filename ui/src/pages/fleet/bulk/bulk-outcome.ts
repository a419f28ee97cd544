import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { commandLooks } from "../../../components/devices/looks.ts";
import { compact } from "../../../components/text/compact.ts";
import { answerOf } from "../../../data/commands.ts";
import { paths } from "../../../state/paths.ts";
import { base, buttons } from "../../../styles/shared.ts";
import type { Outcome } from "./batch.ts";
import "../../../components/basic/badge.ts";

type State = Outcome["state"];

const ORDER: readonly State[] = ["unsent", "failed", "expired", "cancelled", "issued", "delivered", "completed"];
const LOOKS = { ...commandLooks, unsent: { text: "Not sent", tone: "danger", icon: "alert" } } as const;
const SHOWN = 200;

@customElement("fl-bulk-outcome")
export class BulkOutcome extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: grid;
        gap: var(--space-3);
        min-width: 0;
      }
      .counts {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-1);
      }
      ul {
        max-height: min(20rem, 40dvh);
        border: 1px solid var(--border);
        border-radius: var(--radius);
        overflow: auto;
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0 var(--space-3);
        padding: var(--space-2) var(--space-3);
      }
      li + li {
        border-top: 1px solid var(--border);
      }
      .text {
        grid-column: 1 / -1;
        color: var(--text-quiet);
        font-size: var(--size-small);
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) outcomes: readonly Outcome[] = [];
  @state() private only: State | undefined;

  protected override render() {
    const counts = ORDER.map((one) => [one, this.outcomes.filter((outcome) => outcome.state === one).length] as const);
    const shown = this.outcomes
      .filter((outcome) => this.only === undefined || outcome.state === this.only)
      .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
    return html`<p role="status">${summary(this.outcomes)}</p>
      <div class="counts" role="group" aria-label="Show only">
        ${counts.map(([one, count]) => (count > 0 || one === this.only ? this.#count(one, count) : nothing))}
      </div>
      <ul tabindex="0" aria-label="Devices">
        ${shown.slice(0, SHOWN).map((one) => this.#outcome(one))}
        ${shown.length > SHOWN ? html`<li class="faint">and ${(shown.length - SHOWN).toLocaleString()} more</li>` : nothing}
      </ul>`;
  }

  #count(one: State, count: number) {
    const { text, tone, icon } = LOOKS[one];
    const on = this.only === one;
    return html`<button class="button small" aria-pressed=${on} @click=${() => this.#show(on ? undefined : one)}>
      <fl-badge plain tone=${tone} .icon=${icon}>${text} ${count.toLocaleString()}</fl-badge>
    </button>`;
  }

  #outcome({ device, state: one, command, error }: Outcome) {
    const { text, tone, icon } = LOOKS[one];
    const given = command && answerOf(command);
    const answer = compact(error?.message ?? given?.error?.message ?? given?.result);
    return html`<li>
      <a class="truncate" href=${command ? paths.command(command.id) : paths.device(device)} target="_blank">${device}</a>
      <fl-badge plain tone=${tone} .icon=${icon}>${text}</fl-badge>
      ${answer ? html`<span class="text">${answer}</span>` : nothing}
    </li>`;
  }

  #show(only: State | undefined): void {
    this.only = only;
  }
}

function summary(outcomes: readonly Outcome[]): string {
  const many = (states: readonly State[]) => outcomes.filter(({ state: one }) => states.includes(one)).length;
  const parts: readonly (readonly [number, string])[] = [
    [many(["completed"]), "done"],
    [many(["failed"]), "failed"],
    [many(["expired", "cancelled"]), "ended without an answer"],
    [many(["unsent"]), "not sent"],
    [many(["issued", "delivered"]), "waiting for the device"],
  ];
  return parts.flatMap(([count, what]) => (count > 0 ? `${count.toLocaleString()} ${what}` : [])).join(", ");
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-bulk-outcome": BulkOutcome;
  }
}
