import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type DeviceResource, deviceRows } from "../../data/devices.ts";
import { textsOf } from "../../dialects.ts";
import { paths } from "../../state/paths.ts";
import { Query } from "../../state/query.ts";
import { WatchController } from "../../state/watch.ts";
import { base, buttons } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";

@customElement("fl-first-connection")
export class FirstConnection extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
      }
      .box {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        align-content: center;
        gap: var(--space-3);
        /* The height with the button, so that nothing moves when the device connects. */
        min-height: 7.5rem;
        padding: var(--space-4);
        border: 1px dashed var(--border-strong);
        border-radius: var(--radius-large);
        background: var(--surface);
      }
      .box.green {
        border: 1px solid var(--good-mark);
        background: var(--good-tint);
        animation: green 400ms var(--ease);
      }
      @keyframes green {
        from {
          background: var(--surface);
        }
      }
      .text {
        display: grid;
        flex: 1 1 14rem;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      strong {
        font-weight: 600;
      }
      .green strong {
        color: var(--good-text);
      }
      .green fl-icon {
        color: var(--good-mark);
        font-size: 1.5rem;
      }
      .green .button fl-icon {
        color: inherit;
        font-size: 1rem;
      }
      .pulse {
        width: 0.75rem;
        height: 0.75rem;
        margin: 0 0.375rem;
        border-radius: 50%;
        background: var(--info-mark);
        animation: pulse 1.6s ease-in-out infinite;
      }
      @keyframes pulse {
        50% {
          opacity: 0.35;
          transform: scale(0.75);
        }
      }
    `,
  ];

  @property() device = "";
  /** Absent for a native device. */
  @property() dialect: string | undefined;
  #announced = false;
  readonly #row = new Query<string, DeviceResource | undefined>(this, {
    args: () => this.device || undefined,
    load: async (id, signal) => (await deviceRows([id], signal))[0],
    loaded: (row) => this.#check(row),
  });

  constructor() {
    super();
    new WatchController(
      this,
      () => (this.device ? { topic: "devices", keys: [this.device] } : undefined),
      () => this.#row.reload(),
    );
  }

  protected override render() {
    return html`<div role="status">${this.#content()}</div>`;
  }

  #content() {
    const row = this.#row.data;
    if (row === undefined || row.status === "never-connected" || row.status === "retired") {
      return html`<div class="box">
        <span class="pulse"></span>
        <span class="text">
          <strong>Waiting for its first connection…</strong>
          <span class="quiet">${textsOf(this.dialect).next} The connection is shown here at once.</span>
        </span>
      </div>`;
    }
    const { status, session } = row;
    return html`<div class="box green">
      <fl-icon name="check-circle"></fl-icon>
      <span class="text">
        <strong>${status === "connected" ? "It is connected" : "It has connected"}</strong>
        <span class="quiet">${status === "connected" ? how(session) : this.dialect === undefined ? "And disconnected again, as mosquitto_pub does after sending." : "And disconnected again."}</span>
      </span>
      <a class="button primary" href=${paths.device(this.device)}>Open its page<fl-icon name="forward"></fl-icon></a>
    </div>`;
  }

  #check(row: DeviceResource | undefined): void {
    if (this.#announced || row === undefined || row.status === "never-connected" || row.status === "retired") return;
    this.#announced = true;
    this.dispatchEvent(new Event("connected"));
  }
}

function how(session: DeviceResource["session"]) {
  if (session === undefined) return nothing;
  const { protocol, version = protocol, gateway, address } = session;
  return `By ${version}${address ? ` from ${address}` : ""}, on ${gateway}.`;
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-first-connection": FirstConnection;
  }
}
