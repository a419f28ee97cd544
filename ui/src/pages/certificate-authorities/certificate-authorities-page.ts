import { css, html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { confirm } from "../../components/dialogs/confirm.ts";
import {
  type AuthorityResource,
  endAuthority,
  listAuthorities,
  replaceRevocationList,
} from "../../data/certificate-authorities.ts";
import { Query } from "../../state/query.ts";
import { hasRole, sessionInfo } from "../../state/session.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import "../../components/basic/time.ts";
import { showAuthorityDialog } from "./authority-dialog.ts";
import { authorityStyles } from "./styles.ts";
import "./installation-authority.ts";
import "../../components/people/by.ts";

@customElement("fl-certificate-authorities-page")
export class CertificateAuthoritiesPage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    pages,
    authorityStyles,
    css`
      h2 {
        font-size: var(--size);
      }
    `,
  ];

  readonly #authorities = new Query<"authorities", readonly AuthorityResource[]>(this, {
    args: () => "authorities",
    load: (_, signal) => listAuthorities(signal),
  });

  protected override render() {
    const { data, error } = this.#authorities;
    const retry = () => this.#authorities.reload();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${retry}></fl-error>`;
    return html`<header class="page-head">
        <h1>Certificate authorities</h1>
        <span class="quiet" role=${data ? nothing : "status"}>${data ? "" : "Loading…"}</span>
        <span class="end">
          <button class="button primary" ?disabled=${!data} @click=${this.#add}>
            <fl-icon name="plus"></fl-icon>Add authority
          </button>
        </span>
      </header>
      <p class="quiet">
        A device of your account may log in with a certificate that one of these authorities has signed. The
        certificate's common name must be the device's id.
      </p>
      ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing}
      ${data?.length ? html`<ul class="card">${data.map((one) => this.#row(one))}</ul>` : nothing}
      ${
        data?.length === 0
          ? html`<section class="card"><fl-empty icon="key" heading="No authorities yet">Devices use tokens, or certificates that are issued here.</fl-empty></section>`
          : nothing
      }
      ${hasRole("admin") ? html`<fl-installation-authority></fl-installation-authority>` : nothing}`;
  }

  #row(one: AuthorityResource) {
    const { name, account, group, subject, notAfter, addedBy, addedAt, list } = one;
    const foreign = account === sessionInfo()?.account ? nothing : html`in ${account}, `;
    return html`<li>
      <div class="about">
        <h2>${name}</h2>
        <span>${subject}</span>
        <span class="quiet">
          ${foreign}${group ? html`group ${group}` : "all devices"}; expires <fl-time at=${notAfter}></fl-time>; added
          <fl-time at=${addedAt}></fl-time> by <fl-by by=${addedBy}></fl-by>
        </span>
        ${
          list
            ? html`<span class="quiet"
                >Revocation list of <fl-time at=${list.thisUpdate}></fl-time>: ${list.revoked} revoked${
                  list.nextUpdate && Date.parse(list.nextUpdate) < Date.now() ? ", the next list is due" : ""
                }</span
              >`
            : nothing
        }
      </div>
      <button class="button" aria-label="Replace the revocation list of ${name}" @click=${() => this.#choose(one)}>
        Revocation list…
      </button>
      <button class="button" aria-label="End ${name}" @click=${() => this.#end(one)}>End</button>
    </li>`;
  }

  readonly #add = async (): Promise<void> => {
    if (await showAuthorityDialog()) this.#authorities.reload();
  };

  #choose(one: AuthorityResource): void {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: ".pem,.crl" });
    input.addEventListener("change", () => {
      const [file] = input.files ?? [];
      if (file !== undefined) void this.#upload(one, file);
    });
    input.click();
  }

  async #upload({ id, name }: AuthorityResource, file: File): Promise<void> {
    try {
      const { list } = await replaceRevocationList(id, await file.text());
      notify("good", `${name} revokes ${list?.revoked ?? 0} certificates`);
    } catch (error) {
      notifyError("The revocation list could not be saved", error);
    }
    this.#authorities.reload();
  }

  async #end({ id, name }: AuthorityResource): Promise<void> {
    const body = "Devices that log in with its certificates are disconnected within a second. It can be added again.";
    if (!(await confirm({ heading: `End ${name}?`, body, action: "End authority" }))) return;
    try {
      await endAuthority(id);
      notify("good", `${name} has ended`);
    } catch (error) {
      notifyError(`${name} could not be ended`, error);
    }
    this.#authorities.reload();
  }
}
