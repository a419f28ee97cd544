import { css, html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { confirm } from "../../components/dialogs/confirm.ts";
import { withProof } from "../../components/people/with-proof.ts";
import { type IssuingAuthority, listIssuing, withdrawIssuing } from "../../data/certificate-authorities.ts";
import { Query } from "../../state/query.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import "../../components/basic/id.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/time.ts";
import { authorityStyles } from "./styles.ts";

/** The installation's present authority, and replaced authorities, which an administrator can withdraw. */
@customElement("fl-installation-authority")
export class InstallationAuthority extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    authorityStyles,
    css`
      :host {
        display: grid;
        gap: var(--space-3);
        margin-top: var(--space-4);
      }
      h3 {
        font-size: var(--size);
      }
    `,
  ];

  readonly #issuing = new Query<"issuing", readonly IssuingAuthority[]>(this, {
    args: () => "issuing",
    load: (_, signal) => listIssuing(signal),
  });

  protected override render() {
    const { data, error } = this.#issuing;
    return html`<h2>Authority of this installation</h2>
      <p class="quiet">Issues the devices' certificates. The operator's guide says how to replace it.</p>
      ${error ? html`<fl-error inline .error=${error} @retry=${() => this.#issuing.reload()}></fl-error>` : nothing}
      ${data ? html`<ul class="card">${data.map((one) => this.#row(one))}</ul>` : nothing}`;
  }

  #row(one: IssuingAuthority) {
    const { subject, fingerprint, notAfter, state } = one;
    return html`<li>
      <div class="about">
        <h3>${subject}</h3>
        <fl-id always value=${fingerprint} what="fingerprint of ${subject}"></fl-id>
        <span class="quiet">${this.#state(one)}; expires <fl-time at=${notAfter}></fl-time></span>
      </div>
      ${
        state === "accepted"
          ? html`<button class="button" aria-label="Withdraw ${subject}" @click=${() => this.#withdraw(one)}>
              Withdraw
            </button>`
          : nothing
      }
    </li>`;
  }

  #state({ state, until, notAfter, withdrawnBy }: IssuingAuthority) {
    if (state === "issuing") return "issues certificates";
    if (state === "withdrawn") return `withdrawn${withdrawnBy === undefined ? "" : ` by ${withdrawnBy}`}`;
    if (until === undefined || until === notAfter) return "replaced; its certificates still count";
    return html`replaced; its certificates count until <fl-time at=${until} show="full"></fl-time>`;
  }

  async #withdraw({ subject, fingerprint }: IssuingAuthority): Promise<void> {
    const body =
      "Its certificates are refused from now on, and devices that have logged in with them are disconnected within a second. " +
      "A device can then log in with a certificate only if a newer authority has issued it. This can't be undone.";
    if (!(await confirm({ heading: `Withdraw ${subject}?`, body, action: "Withdraw authority" }))) return;
    try {
      await withProof(() => withdrawIssuing(fingerprint));
      notify("good", `${subject} is withdrawn`);
    } catch (error) {
      notifyError(`${subject} could not be withdrawn`, error);
    }
    this.#issuing.reload();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-installation-authority": InstallationAuthority;
  }
}
