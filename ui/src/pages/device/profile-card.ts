import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { compact } from "../../components/compact.ts";
import type { DeviceDetail } from "../../data/devices.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import "../../components/copy.ts";
import "../../components/json.ts";
import "../../components/time.ts";

/** What the device said of itself, and who registered it. */
@customElement("fl-profile-card")
export class ProfileCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    css`
      :host {
        display: block;
      }
      .card-body {
        display: grid;
        gap: var(--space-3);
      }
      dl {
        display: grid;
        grid-template-columns: minmax(5rem, auto) minmax(0, 1fr);
        gap: var(--space-1) var(--space-4);
      }
      dt {
        color: var(--text-faint);
        overflow-wrap: anywhere;
      }
      dd {
        overflow-wrap: anywhere;
      }
      .meta {
        padding-top: var(--space-3);
        border-top: 1px solid var(--border);
      }
    `,
  ];

  @property({ attribute: false }) device!: DeviceDetail;
  @state() private raw = false;

  protected override render() {
    const { profile, profileReportedAt, registeredAt, registeredBy, retiredAt } = this.device;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head">
        <h2 id="heading">Profile</h2>
        ${
          profile
            ? html`<button
              class="button ghost small end"
              aria-pressed=${this.raw}
              @click=${() => {
                this.raw = !this.raw;
              }}
            >
              JSON
            </button>`
            : nothing
        }
      </div>
      <div class="card-body">
        ${this.#profile(profile)}
        <dl class="meta">
          ${profileReportedAt ? html`<dt>Reported</dt><dd><fl-time at=${profileReportedAt}></fl-time></dd>` : nothing}
          <dt>Registered</dt>
          <dd><fl-time at=${registeredAt} show="full"></fl-time> by ${registeredBy}</dd>
          ${retiredAt ? html`<dt>Retired</dt><dd><fl-time at=${retiredAt} show="full"></fl-time></dd>` : nothing}
        </dl>
      </div>
    </section>`;
  }

  #profile(profile: DeviceDetail["profile"]) {
    if (profile === undefined) return html`<p class="quiet">The device has not said what it is yet.</p>`;
    if (this.raw) return html`<fl-json .value=${profile} what="profile"></fl-json>`;
    // Its commands have a form of their own.
    const entries = Object.entries(profile).filter(([name]) => name !== "commands");
    return html`<dl>
      ${entries.map(([name, value]) => html`<dt>${name}</dt><dd>${compact(value)}</dd>`)}
    </dl>`;
  }
}
