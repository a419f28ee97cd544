import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { queriedList, showMore } from "../../components/lists/queried-list.ts";
import { counted } from "../../components/text/numbers.ts";
import { showScanDialog } from "../../components/updates/scan-dialog.ts";
import { UPDATE_LOOKS, UPDATE_STATES } from "../../components/updates/update-looks.ts";
import { listScans, type ScanPage, type ScanResource } from "../../data/scans.ts";
import { paths } from "../../state/paths.ts";
import { personNames } from "../../state/person-names.ts";
import { Query } from "../../state/query.ts";
import { mayScan } from "../../state/session.ts";
import { StoreController } from "../../state/store.ts";
import { notify } from "../../state/toasts.ts";
import { WatchController } from "../../state/watch.ts";
import { listPages, pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { startedText, targetText } from "./texts.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/updates/scan-progress.ts";
import "../../components/basic/time.ts";
import "../../components/updates/updates-sections.ts";

const PAGE = 25;
const MOST = 200;

/** The scans of the account and what they have found. */
@customElement("fl-scans-page")
export class ScansPage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    pages,
    listPages,
    css`
      li {
        display: grid;
        gap: var(--space-1);
        padding: var(--space-3) var(--space-4);
        border-top: 1px solid var(--border);
        overflow-wrap: anywhere;
      }
      .head,
      .found {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-3);
      }
      h2 {
        font-size: var(--size);
      }
      @media (pointer: coarse) {
        .found a {
          display: inline-flex;
          align-items: center;
          min-width: var(--control);
          min-height: var(--control);
        }
      }
      .more {
        padding: var(--space-3) var(--space-4);
      }
    `,
  ];

  @state() private limit = PAGE;
  readonly #scans = new Query<number, ScanPage>(this, { args: () => this.limit, load: listScans, keep: true });
  protected readonly watch = new WatchController(
    this,
    () => ({ topic: "updates" }),
    () => this.#scans.reload(),
  );

  constructor() {
    super();
    new StoreController(this, personNames);
  }

  protected override render() {
    const { total = 0 } = this.#scans.data ?? {};
    return html`<header class="page-head">
        <h1>Scans</h1>
        ${
          mayScan()
            ? html`<span class="end"
                ><button class="button primary" @click=${this.#start}><fl-icon name="refresh"></fl-icon>Scan…</button></span
              >`
            : nothing
        }
      </header>
      <fl-updates-sections here=${paths.scans}></fl-updates-sections>
      <section class="card" aria-label="Scans">
        ${queriedList({
          query: this.#scans,
          empty: html`<fl-empty icon="refresh" heading="No scans yet">
            A scan asks the catalogues what they have for each device.
            ${mayScan() ? "Start one, or give a catalogue a schedule." : "An operator can start one."}
          </fl-empty>`,
          noun: "scan",
          label: "Scans, the newest first",
          key: ({ id }) => id,
          item: (one) => this.#item(one),
        })}
        ${showMore(total > this.limit && this.limit < MOST, () => {
          this.limit = Math.min(MOST, this.limit + PAGE);
        })}
      </section>`;
  }

  #item(scan: ScanResource) {
    const { state: at, done, startedAt, endedAt, error, account } = scan;
    const looks =
      at === "running"
        ? html`<fl-badge tone="info" icon="hourglass">running</fl-badge>`
        : error === undefined
          ? html`<fl-badge tone="good" icon="check-circle">ended</fl-badge>`
          : html`<fl-badge tone="danger" icon="fail">ended early</fl-badge>`;
    return html`<li>
      <div class="head">
        <h2>${targetText(scan)}</h2>
        ${looks}
        <span class="quiet">${startedText(scan)}${account === "main" ? "" : ` in ${account}`}</span>
        <span class="quiet">${endedAt === undefined ? "started" : ""} <fl-time at=${endedAt ?? startedAt}></fl-time></span>
      </div>
      <fl-scan-progress .scan=${scan}></fl-scan-progress>
      ${error === undefined ? nothing : html`<p>${error}</p>`} ${done > 0 ? this.#found(scan) : nothing}
      ${at === "ended" && done === 0 && error === undefined ? html`<span class="quiet">No device was there to compare.</span>` : nothing}
    </li>`;
  }

  /** The states at the time of the scan; the links show what is known now. */
  #found({ byState }: ScanResource) {
    return html`<div class="found">
      ${UPDATE_STATES.filter((one) => (byState[one] ?? 0) > 0).map((one) => {
        const [tone, icon, text] = UPDATE_LOOKS[one];
        return html`<a href="${paths.updates}?state=${one}"
          ><fl-badge plain tone=${tone} .icon=${icon}>${counted(byState[one] ?? 0, "device")}: ${text}</fl-badge></a
        >`;
      })}
    </div>`;
  }

  readonly #start = async (): Promise<void> => {
    if ((await showScanDialog()) === undefined) return;
    notify("good", "The scan has started");
    this.#scans.reload();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-scans-page": ScansPage;
  }
}
