import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { pastError } from "../../../components/time-control/past-error.ts";
import type { DeviceCategory } from "../../../data/events.ts";
import { type PastDevice as PastDetail, pastDevice } from "../../../data/history.ts";
import { goTo } from "../../../state/past.ts";
import { Query } from "../../../state/query.ts";
import { pages } from "../../../styles/page.ts";
import { base, buttons } from "../../../styles/shared.ts";
import "../../../components/basic/notice.ts";
import "../../../components/time-control/time-control.ts";
import "../card-columns.ts";
import "../device-header.ts";
import "../profile-card.ts";
import "../status-card.ts";
import "../timeline.ts";
import "../values-card.ts";
import "./past-commands.ts";
import "./past-configuration.ts";

/** A device as of an earlier time, without actions. Event `answered` (the answer's time, RFC 3339). */
@customElement("fl-past-device")
export class PastDevice extends LitElement {
  static override styles = [
    base,
    buttons,
    pages,
    css`
      :host {
        padding: 0;
      }
    `,
  ];

  @property() device = "";
  /** RFC 3339 or a FLEET sequence. */
  @property() at = "";
  @property({ attribute: false }) categories: readonly DeviceCategory[] = [];
  readonly #detail = new Query(this, {
    args: () => ({ device: this.device, at: this.at }),
    load: ({ device, at }, signal) => pastDevice(device, at, signal),
    keep: true,
    loaded: ({ at }) => this.dispatchEvent(new CustomEvent("answered", { detail: at })),
  });

  protected override render() {
    const { data, error } = this.#detail;
    const shown = data?.id === this.device && error === undefined ? data : undefined;
    const moment = shown && { at: shown.at, seq: shown.atSeq };
    return html`${shown ? html`<fl-device-header past .device=${shown}></fl-device-header>` : nothing}
      <fl-time-control
        device=${this.device}
        .moment=${moment}
        .error=${error}
        ?busy=${this.#detail.loading}
      ></fl-time-control>
      ${error?.code === "device-unknown" ? this.#unknown() : nothing}
      ${error && error.code !== "device-unknown" ? pastError(error, () => this.#detail.reload()) : nothing}
      ${shown ? this.#content(shown) : error ? nothing : html`<p class="loading" role="status">Loading…</p>`}`;
  }

  #content(device: PastDetail) {
    const until = untilOf(this.at, device.at);
    return html`<fl-card-columns>
      <fl-status-card slot="status" .device=${device}></fl-status-card>
      <fl-past-commands slot="commands" device=${device.id} at=${this.at}></fl-past-commands>
      <fl-profile-card slot="about" .device=${device}></fl-profile-card>
      <fl-values-card
        slot="values"
        device=${device.id}
        ?retired=${device.status === "retired"}
        .until=${until}
        .leftOut=${device.dialect === "kura" ? "$types" : ""}
      ></fl-values-card>
      <fl-past-configuration slot="history" .configuration=${device.configuration}></fl-past-configuration>
      <fl-timeline
        slot="history"
        device=${device.id}
        .categories=${this.categories}
        .until=${until}
        @categories=${(event: CustomEvent) => this.dispatchEvent(new CustomEvent("categories", event))}
      ></fl-timeline>
    </fl-card-columns>`;
  }

  #unknown() {
    return html`<fl-empty alone icon="device" heading="There was no device ${this.device} then">
      It was registered later, or never. Choose a later time.
      <button slot="action" class="button primary" @click=${() => goTo(undefined)}>Back to now</button>
    </fl-empty>`;
  }
}

/** The end of the events up to the moment: just after its time, or after the event of its sequence. */
function untilOf(at: string, answered: string): string {
  const time = /^\d+$/.test(at) ? Date.parse(answered) : Date.parse(at);
  return new Date(time + 1).toISOString();
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-past-device": PastDevice;
  }
}
