import { css, html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { confirm } from "../../components/dialogs/confirm.ts";
import { withProof } from "../../components/people/with-proof.ts";
import { type ApiKeyResource, listApiKeys, revokeApiKey } from "../../data/api-keys.ts";
import { Query } from "../../state/query.ts";
import { sessionInfo } from "../../state/session.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards, tags as tagStyles } from "../../styles/shared.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import { showApiKeyDialog } from "./api-key-dialog.ts";
import "../../components/people/by.ts";

@customElement("fl-api-keys-page")
export class ApiKeysPage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    pages,
    tagStyles,
    css`
      li {
        display: grid;
        grid-template-columns: minmax(8rem, 2fr) minmax(0, 3fr) auto;
        align-items: center;
        gap: var(--space-1) var(--space-4);
        padding: var(--space-3) var(--space-4);
      }
      li + li {
        border-top: 1px solid var(--border);
      }
      h2 {
        font-size: var(--size);
        overflow-wrap: anywhere;
      }
      .what {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-1) var(--space-2);
      }
      .name {
        display: grid;
      }
      @media (max-width: 47.99rem) {
        li {
          grid-template-columns: minmax(0, 1fr) auto;
        }
        .what {
          order: 1;
          grid-column: 1 / -1;
        }
      }
    `,
  ];

  readonly #keys = new Query<"api-keys", readonly ApiKeyResource[]>(this, {
    args: () => "api-keys",
    load: (_, signal) => listApiKeys(signal),
  });

  protected override render() {
    const { data, error } = this.#keys;
    const retry = () => this.#keys.reload();
    if (error && !data) return html`<fl-error alone .error=${error} @retry=${retry}></fl-error>`;
    return html`<header class="page-head">
        <h1>API keys</h1>
        <span class="quiet" role=${data ? nothing : "status"}>${data ? "" : "Loading…"}</span>
        <span class="end">
          <button class="button primary" ?disabled=${!data} @click=${this.#create}>
            <fl-icon name="plus"></fl-icon>New API key
          </button>
        </span>
      </header>
      <p class="quiet">Programs send a key as <code>Authorization: Bearer</code>. A key can never do more than the person who made it.</p>
      ${error ? html`<fl-error inline .error=${error} @retry=${retry}></fl-error>` : nothing}
      ${data?.length ? html`<ul class="card">${data.map((key) => this.#row(key))}</ul>` : nothing}
      ${
        data?.length === 0
          ? html`<section class="card"><fl-empty icon="key" heading="No API keys yet">A program that uses the API needs a key.</fl-empty></section>`
          : nothing
      }`;
  }

  #row(key: ApiKeyResource) {
    const { name, role, account, tags = [], owner, createdAt, expiresAt } = key;
    const info = sessionInfo();
    const ended = expiresAt !== undefined && Date.parse(expiresAt) <= Date.now();
    const day = (at: string) => new Date(at).toLocaleDateString(undefined, { dateStyle: "medium" });
    return html`<li>
      <div class="name">
        <h2>${name}</h2>
        <span class="quiet">${role}${account === info?.account ? "" : ` in ${account}`}</span>
      </div>
      <div class="what quiet">
        ${tags.map((tag) => html`<span class="tag">${tag}</span>`)}
        <span>made ${day(createdAt)}${owner === info?.person.id ? nothing : html` by <fl-by by=${owner}></fl-by>`},</span>
        <span>${expiresAt === undefined ? "does not expire" : `${ended ? "expired" : "expires"} ${day(expiresAt)}`}</span>
      </div>
      <button class="button" aria-label="Revoke ${name}" @click=${() => this.#revoke(key)}>Revoke</button>
    </li>`;
  }

  readonly #create = async (): Promise<void> => {
    if (await showApiKeyDialog()) this.#keys.reload();
  };

  async #revoke({ id, name }: ApiKeyResource): Promise<void> {
    const body = "Programs that use it lose access within a second. It can't be made valid again.";
    if (!(await confirm({ heading: `Revoke ${name}?`, body, action: "Revoke" }))) return;
    try {
      await withProof(() => revokeApiKey(id));
      notify("good", `${name} is revoked`);
    } catch (error) {
      notifyError(`${name} could not be revoked`, error);
    }
    this.#keys.reload();
  }
}
