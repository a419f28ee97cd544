import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { sentence } from "../../components/basic/notice.ts";
import { compact, cut } from "../../components/text/compact.ts";
import type { DeviceDetail } from "../../data/devices.ts";
import { base, buttons, cardHost, cards, stacked } from "../../styles/shared.ts";
import "../../components/basic/copy.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/json.ts";
import "../../components/basic/time.ts";
import "../../components/people/by.ts";

const FEW = 12;
/** A profile may have any number of entries; its JSON shows all. */
const MOST = 200;

@customElement("fl-profile-card")
export class ProfileCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cardHost,
    cards,
    stacked,
    css`
      dl {
        display: grid;
        grid-template-columns: fit-content(45%) minmax(0, 1fr);
        gap: var(--space-1) var(--space-4);
      }
      dt {
        color: var(--text-faint);
        overflow-wrap: anywhere;
      }
      dd {
        overflow-wrap: anywhere;
      }
      dt {
        min-width: 5rem;
      }
      .more {
        justify-self: start;
      }
      .fault {
        display: flex;
        gap: var(--space-2);
        overflow-wrap: anywhere;
      }
      .fault fl-icon {
        flex: none;
        margin-top: 0.15em;
        color: var(--warning-mark);
      }
      .meta {
        padding-top: var(--space-3);
        border-top: 1px solid var(--border);
      }
    `,
  ];

  @property({ attribute: false }) device!: DeviceDetail;
  @state() private raw = false;
  @state() private all = false;

  protected override render() {
    const { profile, profileFault, profileReportedAt, registeredAt, registeredBy, retiredAt } = this.device;
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
        ${profileFault ? html`<p class="fault"><fl-icon name="warning"></fl-icon><span>${sentence(profileFault)}</span></p>` : nothing}
        ${this.#profile(profile)}
        <dl class="meta">
          ${profileReportedAt ? html`<dt>Reported</dt><dd><fl-time at=${profileReportedAt}></fl-time></dd>` : nothing}
          <dt>Registered</dt>
          <dd><fl-time at=${registeredAt} show="full"></fl-time> by <fl-by by=${registeredBy}></fl-by></dd>
          ${retiredAt ? html`<dt>Retired</dt><dd><fl-time at=${retiredAt} show="full"></fl-time></dd>` : nothing}
        </dl>
      </div>
    </section>`;
  }

  #profile(profile: DeviceDetail["profile"]) {
    if (profile === undefined) return html`<p class="quiet">The device has not reported a profile yet.</p>`;
    if (this.raw) return html`<fl-json .value=${profile} what="profile"></fl-json>`;
    // The command form shows the declared commands.
    const given = Object.entries(profile).filter(([name]) => name !== "commands");
    const entries = given.slice(0, MOST);
    // A button for a single hidden line would save no room.
    const hidden = entries.length > FEW + 1 && !this.all;
    return html`<dl>
        ${(hidden ? entries.slice(0, FEW) : entries).map(
          ([name, value]) => html`<dt>${cut(name)}</dt>
            <dd>${value === null || value === "" ? html`<span class="faint">${JSON.stringify(value)}</span>` : compact(value)}</dd>`,
        )}
      </dl>
      ${
        entries.length > FEW + 1
          ? html`<button
            class="button small more"
            aria-expanded=${this.all}
            @click=${() => {
              this.all = !this.all;
            }}
          >
            ${this.all ? "Show fewer" : given.length > MOST ? `Show ${MOST} of ${given.length}` : `Show all ${entries.length}`}
          </button>`
          : nothing
      }`;
  }
}
