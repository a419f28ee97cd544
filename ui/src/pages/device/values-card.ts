import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { ago, duration, exactly, lasting } from "../../components/text/times.ts";
import { happened } from "../../data/events.ts";
import { now } from "../../state/clock.ts";
import { Query } from "../../state/query.ts";
import { Serial } from "../../state/serial.ts";
import { StoreController } from "../../state/store.ts";
import { base, buttons, cardHost, cards } from "../../styles/shared.ts";
import { affects, type DeviceChange } from "./change.ts";
import { loadReports } from "./reports.ts";
import type { Tail } from "./tail.ts";
import { inPlace, MAX_VALUES, shown, shownNumber, type Value, valuesOf } from "./telemetry.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/loading.ts";
import "../../components/charts/chart.ts";
import "../../components/basic/notice.ts";

const FEW = 8;

@customElement("fl-values-card")
export class ValuesCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cardHost,
    cards,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(12.5rem, 40vw), 1fr));
        gap: 1px;
        overflow: hidden;
        border-radius: 0 0 var(--radius-large) var(--radius-large);
      }
      li {
        display: grid;
        align-content: start;
        gap: var(--space-1);
        min-width: 0;
        padding: var(--space-3) var(--space-4);
        outline: 1px solid var(--border);
      }
      .name {
        color: var(--text-quiet);
        font-size: var(--size-small);
      }
      .value {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 var(--space-2);
        min-width: 0;
      }
      strong {
        max-width: 100%;
        font-size: 1.125rem;
        font-weight: 600;
        font-variant-numeric: tabular-nums;
        letter-spacing: -0.01em;
      }
      .value time {
        margin-left: auto;
        color: var(--text-faint);
        font-size: var(--size-tiny);
        white-space: nowrap;
      }
      .chart {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: var(--space-2);
      }
      .scale {
        display: flex;
        flex-direction: column;
        justify-content: space-between;
        color: var(--text-faint);
        font-size: var(--size-tiny);
        font-variant-numeric: tabular-nums;
        line-height: 1.1;
        text-align: right;
      }
      .text {
        display: -webkit-box;
        overflow: hidden;
        font-size: var(--size-large);
        letter-spacing: 0;
        overflow-wrap: anywhere;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
      }
      .unit {
        color: var(--text-quiet);
        font-size: var(--size);
        font-weight: 400;
      }
      .span {
        font-size: var(--size-small);
        font-variant-numeric: tabular-nums;
      }
      .loading {
        padding: var(--space-4);
        color: var(--text-faint);
      }
    `,
  ];

  @property() device = "";
  @property({ type: Boolean }) retired = false;
  /** Whether the device has the topics and methods of native devices. */
  @property({ type: Boolean }) native = false;
  /** RFC 3339: only earlier reports. */
  @property() until: string | undefined;
  @property({ attribute: false }) change: DeviceChange | undefined;
  /** A member of reports that is not a measured value, and is not shown. */
  @property() leftOut = "";
  @state() private all = false;
  @state() private pointed: { readonly path: string; readonly index: number } | undefined;
  readonly #now = new StoreController(this, now);
  readonly #reports = new Query(this, {
    args: () => (this.device ? { device: this.device, until: this.until } : undefined),
    load: ({ device, until }, signal) => loadReports(device, signal, until),
    keep: () => this.until !== undefined,
  });
  readonly #follow = new Serial(() => this.#refresh());
  #values: { readonly device: string; readonly of: Tail; readonly values: readonly Value[] } | undefined;

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("change") && affects(this.change, "telemetry")) this.#follow.run();
  }

  protected override render() {
    const data = this.#shown();
    const hidden = (data?.length ?? 0) - FEW;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head">
        <h2 id="heading">Latest values</h2>
        ${this.#span()} ${this.#clock()}
        ${
          hidden > 0
            ? html`<button
              class="button ghost small end"
              aria-expanded=${this.all}
              @click=${() => {
                this.all = !this.all;
              }}
            >
              ${this.all ? "Show fewer" : `Show all ${data?.length}`}
            </button>`
            : nothing
        }
      </div>
      ${this.#content()}
    </section>`;
  }

  #content() {
    const data = this.#shown();
    const { error } = this.#reports;
    if (error && !data) return html`<fl-error .error=${error} @retry=${() => this.#reports.reload()}></fl-error>`;
    if (!data) return html`<fl-loading></fl-loading>`;
    if (data.length === 0 && this.retired) return html`<p class="loading">The device never reported telemetry.</p>`;
    if (data.length === 0) {
      return html`<fl-empty icon="activity" heading=${this.until === undefined ? "No telemetry yet" : "No telemetry until then"}>
        ${
          this.native
            ? html`What the device publishes to <code>me/telemetry</code>, or reports by <code>telemetry.report</code>, appears here.`
            : "What the device reports appears here."
        }
      </fl-empty>`;
    }
    return html`<ul>
      ${repeat(
        this.all ? data : data.slice(0, FEW),
        ({ path }) => path,
        (value) => this.#value(value),
      )}
    </ul>
    ${this.all && data.length === MAX_VALUES ? html`<p class="loading">No more than ${MAX_VALUES} values are shown.</p>` : nothing}`;
  }

  #value(value: Value) {
    const { path, kind, unit, times, values } = value;
    const index = this.pointed?.path === path ? this.pointed.index : undefined;
    const at = index === undefined ? new Date(value.at) : new Date((times[index] ?? 0) * 1_000);
    const past = index === undefined ? undefined : values[index];
    const latest = past === undefined ? value.latest : kind === "flag" ? past === 1 : past;
    return html`<li>
      <span class="name truncate" title=${path}>${path}</span>
      <span class="value">
        <strong class=${kind === "text" ? "text" : "truncate"} title=${`${exact(latest)} ${unit}`.trim()}
          >${shown(latest)}${unit ? html` <span class="unit">${unit}</span>` : nothing}</strong
        >
        <time datetime=${at.toISOString()} title=${exactly(at)}>${ago(at.getTime(), this.#now.value)}</time>
      </span>
      ${kind === "text" ? nothing : this.#chart(value)}
    </li>`;
  }

  #chart({ path, unit, binary, times, values }: Value) {
    const known = values.filter((one) => one !== null);
    const [least, most] = [Math.min(...known), Math.max(...known)].map(shownNumber);
    const range = !binary && least !== most;
    const reports = times.length === 1 ? "in one report" : `over the last ${times.length} reports`;
    const between = range ? `, between ${least} and ${most} ${unit}`.trimEnd() : "";
    return html`<div class="chart">
      <fl-chart
        .times=${times}
        .values=${values}
        ?steps=${binary}
        label="${path} ${reports}${between}"
        @point=${(event: CustomEvent<number | null>) => this.#point(path, event.detail)}
      ></fl-chart>
      ${range ? html`<span class="scale" aria-hidden="true"><span>${most}</span><span>${least}</span></span>` : nothing}
    </div>`;
  }

  /** Number of reports in the charts, and their period. */
  #span() {
    const { items = [] } = this.#reports.data ?? {};
    const times = items.map((event) => happened(event).at);
    if (times.length < 2) return nothing;
    const ms = Math.max(...times) - Math.min(...times);
    return html`<span class="faint span">${items.length} reports over ${duration(ms)}</span>`;
  }

  #clock() {
    const [newest] = this.#reports.data?.items ?? [];
    const { aheadMs } = newest === undefined ? { aheadMs: 0 } : happened(newest);
    if (aheadMs === 0) return nothing;
    const title =
      "A report has a time that is later than its receipt, so the time of receipt is shown. Set the device's clock.";
    return html`<fl-badge tone="warning" icon="timer" title=${title}>Its clock is ${lasting(0, aheadMs)} ahead</fl-badge>`;
  }

  /** Cached, since each pointer move over a chart renders the card. */
  #shown(): readonly Value[] | undefined {
    const { data } = this.#reports;
    if (data === undefined) return undefined;
    const { device } = this;
    if (this.#values?.of !== data) {
      const isSame = this.#values?.device === device && this.until === undefined;
      const before = isSame ? (this.#values?.values ?? []) : [];
      this.#values = { device, of: data, values: inPlace(before, valuesOf(data.items, this.leftOut)) };
    }
    return this.#values.values;
  }

  async #refresh(): Promise<void> {
    const { data } = this.#reports;
    if (data === undefined) return;
    try {
      const newer = await data.newer();
      if (newer === undefined) this.#reports.reload();
      else if (this.#reports.data === data) this.#reports.set(newer);
      // The shown reports have changed since the read began, so newer reports are read again.
      else this.#follow.run();
    } catch {
      // Keep the values: a banner reports the unreachable gateway, and a refresh follows when the gateway is back.
    }
  }

  #point(path: string, index: number | null): void {
    this.pointed = index === null ? undefined : { path, index };
  }
}

function exact(value: unknown): string {
  return typeof value === "number" ? String(value) : shown(value);
}
