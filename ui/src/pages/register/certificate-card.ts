import { css, html, LitElement } from "lit";
import { customElement, property } from "lit/decorators.js";
import { download } from "../../components/basic/download.ts";
import type { RegisteredDevice } from "../../data/devices.ts";
import { base, buttons, cardHost, cards, stacked } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";

const FILES = [
  { part: "ca", label: "Authority", file: "ca" },
  { part: "certificate", label: "Certificate", file: "cert" },
  { part: "key", label: "Private key", file: "pkey" },
] as const;

/** The files with which a device logs in. Event `saved` with the part that was saved. */
@customElement("fl-certificate-card")
export class CertificateCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cardHost,
    cards,
    stacked,
    css`
      .files {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
      .once {
        display: flex;
        gap: var(--space-2);
        color: var(--warning-text);
      }
      .once.saved {
        color: var(--good-text);
      }
    `,
  ];

  @property() device = "";
  @property({ attribute: false }) certificate: RegisteredDevice["certificate"];
  @property({ attribute: false }) saved: readonly string[] = [];

  protected override render() {
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Its certificate</h2></div>
      <div class="card-body">
        <p class="quiet">Three PEM files. The device needs all of them to connect to the MQTT port with TLS.</p>
        <div class="files">
          ${FILES.map(
            ({ part, label, file }) => html`<button class="button" @click=${() => this.#save(part, file)}>
              <fl-icon name=${this.saved.includes(part) ? "check" : "arrow-down"}></fl-icon>Save ${label.toLowerCase()}
            </button>`,
          )}
        </div>
        ${
          this.saved.includes("key")
            ? html`<p class="once saved"><fl-icon name="check-circle"></fl-icon>The key is saved. Store it where only the device can read it.</p>`
            : html`<p class="once"><fl-icon name="warning"></fl-icon>The key is shown only once.</p>`
        }
      </div>
    </section>`;
  }

  #save(part: (typeof FILES)[number]["part"], file: string): void {
    const text = this.certificate?.[part];
    if (text === undefined) return;
    download(`${this.device}_${file}.pem`, "application/x-pem-file", text);
    this.dispatchEvent(new CustomEvent("saved", { detail: part }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-certificate-card": CertificateCard;
  }
}
