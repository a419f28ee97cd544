import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type CommandResource, isOpen } from "../../data/commands.ts";
import { base } from "../../styles/shared.ts";
import { commandLooks } from "../devices/looks.ts";
import { duration } from "../text/times.ts";
import { waitsFor } from "./waiting.ts";
import "../basic/icon.ts";
import "../basic/time.ts";

/** The steps of a command (issued, delivered, ended), each with time and duration. */
@customElement("fl-command-steps")
export class CommandSteps extends LitElement {
  static override styles = [
    base,
    css`
      ol {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
      }
      li {
        position: relative;
        display: grid;
        align-content: start;
        gap: 1px;
        padding-right: var(--space-2);
        padding-top: 1.375rem;
        color: var(--text-faint);
        font-size: var(--size-small);
      }
      li::before {
        content: "";
        position: absolute;
        top: 0.5rem;
        left: 0;
        right: 0;
        border-top: 2px solid var(--border-strong);
      }
      li:last-child::before {
        display: none;
      }
      li.done::before {
        border-color: var(--good-mark);
      }
      fl-icon {
        position: absolute;
        top: 0;
        left: 0;
        padding-right: 0.25rem;
        width: 1.375rem;
        height: 1.0625rem;
        background: var(--steps-background, var(--surface));
        color: var(--neutral-mark);
      }
      strong {
        color: var(--text);
        font-weight: 500;
      }
      .when {
        display: flex;
        flex-wrap: wrap;
        column-gap: 0.375rem;
        font-variant-numeric: tabular-nums;
      }
      .when > * {
        white-space: nowrap;
      }
      .waiting strong {
        color: var(--text-faint);
        font-weight: 400;
      }
      .good fl-icon {
        color: var(--good-mark);
      }
      .danger fl-icon {
        color: var(--danger-mark);
      }
      .warning fl-icon {
        color: var(--warning-mark);
      }
      .waiting.next fl-icon {
        color: var(--info-mark);
      }
    `,
  ];

  @property({ attribute: false }) command!: CommandResource;

  protected override render() {
    const { command } = this;
    const open = isOpen(command);
    const delivered = command.deliveredAt !== undefined;
    const end = commandLooks[command.state];
    const took = command.endedAt ? between(command.deliveredAt ?? command.issuedAt, command.endedAt) : "";
    return html`<ol>
      <li class="good ${delivered ? "done" : ""}">
        <fl-icon name="check-circle"></fl-icon><strong>Issued</strong>
        <fl-time at=${command.issuedAt} show="time"></fl-time>
      </li>
      <li class=${delivered ? `good ${open ? "" : "done"}` : `waiting ${open ? "next" : ""}`}>
        <fl-icon .name=${delivered ? "check-circle" : open ? "hourglass" : "dashed"}></fl-icon>
        <strong>${delivered ? "Delivered" : open ? waitsFor(command) : "Not delivered"}</strong>
        ${
          delivered
            ? html`<span class="when">
              <fl-time at=${command.deliveredAt ?? ""} show="time"></fl-time>
              <span title=${command.deliveries > 1 ? "Number of deliveries" : "Since it was issued"}
                >${command.deliveries > 1 ? `${command.deliveries}×` : between(command.issuedAt, command.deliveredAt ?? "")}</span
              >
            </span>`
            : nothing
        }
      </li>
      <li class=${open ? `waiting ${delivered ? "next" : ""}` : end.tone}>
        <fl-icon .name=${open ? (delivered ? "hourglass" : "dashed") : end.icon}></fl-icon>
        <strong>${open ? (delivered ? waitsFor(command) : "Answer") : end.text}</strong>
        ${
          command.endedAt
            ? html`<span class="when"
              ><fl-time at=${command.endedAt} show="time"></fl-time><span title="Since the previous step">${took}</span></span
            >`
            : html`<span class="when"><span>deadline <fl-time at=${command.deadline}></fl-time></span></span>`
        }
      </li>
    </ol>`;
  }
}

function between(from: string, to: string): string {
  return `+${duration(Date.parse(to) - Date.parse(from))}`;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-command-steps": CommandSteps;
  }
}
