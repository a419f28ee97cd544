import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Tone } from "../../../components/basic/badge.ts";
import { confirm } from "../../../components/dialogs/confirm.ts";
import { listCertificates, revokeCertificate } from "../../../data/certificates.ts";
import type { DeviceDetail } from "../../../data/devices.ts";
import { deviceEvents } from "../../../data/events.ts";
import { paths } from "../../../state/paths.ts";
import { Query } from "../../../state/query.ts";
import { hasRole } from "../../../state/session.ts";
import { notify, notifyError } from "../../../state/toasts.ts";
import { base, buttons, cardHost, cards } from "../../../styles/shared.ts";
import { affects, type DeviceChange } from "../change.ts";
import { type CertificateShown, type CertificateState, type Credentials, credentialsOf } from "./credentials.ts";
import { replaceToken } from "./replace-token.ts";
import "../../../components/basic/badge.ts";
import "../../../components/basic/notice.ts";
import "../../../components/basic/time.ts";
import "./issue-dialog.ts";
import "../../../components/people/by.ts";

const EVENTS = 500;
const TONES: Readonly<Record<CertificateState, Tone>> = {
  valid: "good",
  renewed: "info",
  revoked: "neutral",
  expired: "warning",
  "not valid": "neutral",
};

@customElement("fl-credentials-card")
export class CredentialsCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cardHost,
    cards,
    css`
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-1) var(--space-2);
        padding: var(--space-2) 0;
      }
      li + li {
        border-top: 1px solid var(--border);
      }
      .about {
        flex: 1 1 16rem;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .end {
        margin-left: auto;
      }
    `,
  ];

  @property({ attribute: false }) device!: DeviceDetail;
  @property({ attribute: false }) change: DeviceChange | undefined;
  @state() private issuing = false;
  readonly #credentials = new Query<string, Credentials>(this, {
    args: () => this.device.id,
    load: async (id, signal) => {
      const query = { category: "device", order: "desc", limit: EVENTS } as const;
      const [events, valid] = await Promise.all([deviceEvents(id, query, signal), listCertificates(id, signal)]);
      return credentialsOf(events.items, valid, Date.now());
    },
  });

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("change") && affects(this.change, "device")) this.#credentials.reload();
  }

  protected override render() {
    const { data, error } = this.#credentials;
    const mayChange = this.device.status !== "retired" && hasRole("operator", "owner", "admin");
    return html`<section class="card" aria-labelledby="heading">
        <div class="card-head">
          <h2 id="heading">Credentials</h2>
          ${
            mayChange
              ? html`<button class="button small end" @click=${() => this.#newToken()}>New token</button>
                  <button
                    class="button small"
                    @click=${() => {
                      this.issuing = true;
                    }}
                  >
                    Issue certificate
                  </button>`
              : nothing
          }
        </div>
        <div class="card-body">
          ${error && !data ? html`<fl-error .error=${error} @retry=${() => this.#credentials.reload()}></fl-error>` : nothing}
          ${data ? this.#list(data, mayChange) : nothing}
          ${
            hasRole("owner", "admin")
              ? html`<p class="quiet"><a href=${paths.certificateAuthorities}>Certificate authorities of your own</a></p>`
              : nothing
          }
        </div>
      </section>
      ${
        this.issuing
          ? html`<fl-issue-dialog
              device=${this.device.id}
              @issued=${() => this.#credentials.reload()}
              @closed=${() => {
                this.issuing = false;
              }}
            ></fl-issue-dialog>`
          : nothing
      }`;
  }

  #list({ token, certificates }: Credentials, mayChange: boolean) {
    const retired = this.device.status === "retired";
    return html`<ul>
      ${
        token
          ? html`<li>
              <fl-badge tone=${retired ? "neutral" : "good"}>${retired ? "revoked" : "valid"}</fl-badge>
              <span class="about">
                Token #${token.id}<span class="quiet">, made <fl-time at=${token.at}></fl-time>${token.by ? html` by <fl-by by=${token.by}></fl-by>` : nothing}${
                  token.previousUntil
                    ? html`; the one before it ends <fl-time at=${token.previousUntil}></fl-time>`
                    : nothing
                }</span>
              </span>
            </li>`
          : nothing
      }
      ${certificates.map((one) => this.#certificate(one, mayChange))}
    </ul>`;
  }

  #certificate(one: CertificateShown, mayChange: boolean) {
    const { serial, issuer, notAfter, state: now, by, renews, revokedAt } = one;
    return html`<li>
      <fl-badge tone=${TONES[now]}>${now}</fl-badge>
      <span class="about">
        Certificate <code>${serial}</code>
        <span class="quiet">
          of ${issuer}, ${now === "expired" ? "ended" : "ends"} <fl-time at=${notAfter}></fl-time>${
            renews
              ? html`; renews <code>${renews.slice(0, 8)}…</code>`
              : by
                ? html`; issued by <fl-by by=${by}></fl-by>`
                : nothing
          }${revokedAt ? html`; revoked <fl-time at=${revokedAt}></fl-time>` : nothing}
        </span>
      </span>
      ${
        mayChange && (now === "valid" || now === "renewed")
          ? html`<button
              class="button small end"
              aria-label="Revoke certificate ${serial.slice(0, 8)}"
              @click=${() => this.#revoke(serial)}
            >
              Revoke
            </button>`
          : nothing
      }
    </li>`;
  }

  async #newToken(): Promise<void> {
    if (await replaceToken(this.device.id)) this.#credentials.reload();
  }

  async #revoke(serial: string): Promise<void> {
    const agreed = await confirm({
      heading: `Revoke certificate ${serial.slice(0, 8)}…?`,
      body: "It stops working at once and for good, and a connection made with it is closed. Other certificates and the token stay valid, also certificates that renew this one.",
      action: "Revoke certificate",
    });
    if (!agreed) return;
    try {
      await revokeCertificate(this.device.id, serial);
      notify("good", `Certificate ${serial.slice(0, 8)}… is revoked`);
    } catch (error) {
      notifyError("The certificate was not revoked", error);
    }
    this.#credentials.reload();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-credentials-card": CredentialsCard;
  }
}
