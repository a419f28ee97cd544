import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { devicesOf, type ScanResource } from "../../data/scans.ts";
import { Query } from "../../state/query.ts";
import { base } from "../../styles/shared.ts";
import { counted, percent } from "../text/numbers.ts";
import "../basic/meter.ts";

/** How far a running scan is. */
@customElement("fl-scan-progress")
export class ScanProgress extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: var(--space-1);
      }
    `,
  ];

  @property({ attribute: false }) scan: ScanResource | undefined;
  readonly #total = new Query<string, number | undefined>(this, {
    args: () => (this.scan?.state === "running" ? this.scan.id : undefined),
    load: async (_, signal) => (this.scan === undefined ? undefined : devicesOf(this.scan, signal)),
  });

  protected override render() {
    const { scan } = this;
    if (scan?.state !== "running") return nothing;
    const total = this.#total.data;
    const text =
      total === undefined
        ? `${counted(scan.done, "device")} done`
        : `${scan.done.toLocaleString()} of ${counted(total, "device")} done`;
    const share = total ? Math.min(1, scan.done / total) : 0;
    return html`<span role="status">${text}</span>
      ${total ? html`<fl-meter value=${share} label="Progress of the scan" text=${percent(share)}></fl-meter>` : nothing}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-scan-progress": ScanProgress;
  }
}
