import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { download } from "../../components/basic/download.ts";
import { counted, percent } from "../../components/text/numbers.ts";
import { duration, inLocalZone } from "../../components/text/times.ts";
import type { Trial, TrialCounts, TrialDifference } from "../../data/trials.ts";
import { paths } from "../../state/paths.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import type { OwnTrial } from "./own-trials.ts";
import { tableOf } from "./rows.ts";
import { settingsText, spanText } from "./settings.ts";
import { trialCardStyles } from "./trial-card-styles.ts";
import { UPDATE_COLUMNS, updateRow } from "./updates-table.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/meter.ts";
import "../../components/basic/notice.ts";
import "../../components/query-result/result.ts";
import "../../components/basic/time.ts";

/** Differences that are shown at first. */
const FIRST = 50;

const OUTCOMES: Readonly<Record<TrialDifference["outcome"], string>> = {
  avoided: "Not disconnected",
  later: "Later",
  "after-span": "Not before the end",
};
const DIFFERENCE_COLUMNS = ["Device", "Disconnected", "Because", "With these settings", "Connected again"];
const CAUSES: Readonly<Record<TrialDifference["cause"], string>> = { lease: "Gateway lost", timeout: "Silent" };

/** A trial with its progress, and after its end with the differences that it found. Event `remove`. */
@customElement("fl-trial-card")
export class TrialCard extends LitElement {
  static override styles = [base, buttons, cards, trialCardStyles];

  @property({ attribute: false }) own!: OwnTrial;
  @state() private all = false;

  protected override render() {
    const { settings, trial } = this.own;
    const name = settingsText(settings);
    return html`<section class="card" aria-label="Trial: ${name}">
      <div class="card-head">
        <h3>${name}</h3>
        <span class="quiet">
          ${trial.from.seq === trial.to.seq ? "as of" : `${spanText(trial.from.at, trial.to.at)} up to`} event <span class="number">#${trial.to.seq}</span> of
          ${inLocalZone(new Date(trial.to.at))}
        </span>
        <button class="button small end" @click=${() => this.dispatchEvent(new Event("remove"))}>
          ${trial.state === "running" ? "Stop" : "Remove"}
        </button>
      </div>
      <div class="card-body">
        <div role="status">${this.#status()}</div>
        ${this.#content()}
      </div>
    </section>`;
  }

  #status() {
    const { trial, error } = this.own;
    if (error) return html`<p>This trial is not kept any more. Try it again.</p>`;
    if (trial.state === "failed") return html`<p class="fault">The trial failed: ${trial.problem}.</p>`;
    if (trial.state === "running") return html`<p>Computing…</p>`;
    if (trial.rows !== undefined) return html`<p>${rowsText(trial)}</p>`;
    return html`<ul class="meaning" aria-label="What it would have meant">
      ${(trial.meaning ?? []).map((line) => html`<li>${line}</li>`)}
    </ul>`;
  }

  #content() {
    const { trial, error } = this.own;
    if (error || trial.state === "failed") return nothing;
    if (trial.state === "running")
      return html`<fl-meter label="Progress" .value=${trial.progress} text=${percent(trial.progress)}></fl-meter>`;
    if (trial.rows !== undefined) return this.#rows(trial.rows);
    const { updates, moreUpdates = 0, differences = [], moreDifferences = 0, counts } = trial;
    const table =
      updates === undefined
        ? this.#table(DIFFERENCE_COLUMNS, differences.map(differenceRow), moreDifferences)
        : this.#table(
            UPDATE_COLUMNS,
            updates.map((one) => updateRow(one, trial.to)),
            moreUpdates,
          );
    return html`${counts ? figures(counts) : nothing} ${table}
      <details>
        <summary>What the history can't say</summary>
        <ul class="limits">
          ${trial.limits.map((line) => html`<li>${line}</li>`)}
        </ul>
      </details>`;
  }

  #rows(rows: NonNullable<Trial["rows"]>) {
    if (rows.length === 0) return nothing;
    const file = () => download("projection.json", "application/json", `${JSON.stringify(rows, null, 2)}\n`);
    return html`<fl-query-result untyped .result=${tableOf(rows)}></fl-query-result>
      <button class="button" @click=${file}>Download JSON</button>`;
  }

  #table(columns: readonly string[], rows: readonly unknown[], more: number) {
    if (rows.length === 0) return nothing;
    const shown = this.all ? rows : rows.slice(0, FIRST);
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Differences">
        <table>
          <thead>
            <tr>${columns.map((name) => html`<th>${name}</th>`)}</tr>
          </thead>
          <tbody>
            ${shown}
          </tbody>
        </table>
      </div>
      ${
        shown.length < rows.length
          ? html`<button class="button" @click=${this.#showAll}>Show ${counted(rows.length - shown.length, "more")}</button>`
          : nothing
      }
      ${more > 0 && this.all ? html`<p class="quiet">and ${counted(more, "difference")} that the answer does not list.</p>` : nothing}`;
  }

  readonly #showAll = (): void => {
    this.all = true;
  };
}

function rowsText({ rows = [], moreRows = 0, events = 0 }: Trial): string {
  const all = counted(rows.length + moreRows, "row");
  return `${all} from ${counted(events, "event")}.${moreRows > 0 ? ` Shown are the first ${rows.length.toLocaleString()}.` : ""}`;
}

function differenceRow({ device, seq, cause, disconnectedAt, until, outcome, triedAt }: TrialDifference) {
  const later = triedAt === undefined ? "" : ` by ${duration(Date.parse(triedAt) - Date.parse(disconnectedAt))}`;
  return html`<tr>
    <td><a href="${paths.device(device)}?at=${seq}" title="The device after event ${seq}">${device}</a></td>
    <td><fl-time at=${disconnectedAt} show="full"></fl-time></td>
    <td>${CAUSES[cause]}</td>
    <td>${OUTCOMES[outcome]}${later}</td>
    <td>${until === undefined ? "not in the span" : html`<fl-time at=${until} show="full"></fl-time>`}</td>
  </tr>`;
}

function figures(counts: TrialCounts) {
  const figure = (name: string, value: string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl>
    ${figure("Disconnections", `${counts.disconnections.toLocaleString()} → ${counts.tried.toLocaleString()}`)}
    ${figure("Avoided", counts.avoided.toLocaleString())} ${figure("Later", counts.later.toLocaleString())}
    ${figure("Absent, but shown as connected", duration(counts.silentMs))}
    ${figure("Commands in that time", counts.commands.toLocaleString())}
    ${counts.unknown > 0 ? figure("Unknown", counts.unknown.toLocaleString()) : nothing}
  </dl>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-trial-card": TrialCard;
  }
}
