import { css, html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { failureNote } from "../../components/basic/notice.ts";
import { confirm } from "../../components/dialogs/confirm.ts";
import { withProof } from "../../components/people/with-proof.ts";
import { beginOpenId, disconnectOpenId, listOpenIds, type OpenIdList } from "../../data/profile.ts";
import { Query } from "../../state/query.ts";
import { notify, notifyError } from "../../state/toasts.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { looseCard } from "./styles.ts";
import "../../components/basic/icon.ts";

const REFUSALS: Readonly<Record<string, string>> = {
  "person-exists": "Somebody else signs in by that identity.",
  unauthenticated: "Your organisation did not sign you in, or it took too long. Try again.",
  unavailable: "Your organisation's sign-in can't be reached. Try again in a moment.",
};

@customElement("fl-open-ids-card")
export class OpenIdsCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    looseCard,
    css`
      ul {
        display: grid;
        gap: var(--space-2);
        width: 100%;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-2);
        overflow-wrap: anywhere;
      }
    `,
  ];

  readonly #list = new Query<"open-ids", OpenIdList>(this, {
    args: () => "open-ids",
    load: (_, signal) => listOpenIds(signal),
  });

  protected override render() {
    const { data, error } = this.#list;
    if (data && !data.available && data.items.length === 0) return nothing;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Sign-in by your organisation</h2></div>
      <div class="card-body">
        ${error && !data ? html`<fl-error inline .error=${error} @retry=${() => this.#list.reload()}></fl-error>` : nothing}
        ${data ? this.#content(data) : nothing}
      </div>
    </section>`;
  }

  #content({ items, available }: OpenIdList) {
    const refused = new URLSearchParams(window.location.search).get("refused");
    return html`${failureNote(refused === null ? undefined : (REFUSALS[refused] ?? "The provider could not be connected. Try again."))}
      ${items.length === 0 ? html`<p class="quiet">Connect it to sign in here without a password.</p>` : nothing}
      <ul aria-label="Connected">
        ${items.map((item) => this.#item(item))}
      </ul>
      ${available ? html`<button class="button" @click=${this.#connect}>Connect</button>` : nothing}`;
  }

  #item({ link, issuer, since }: OpenIdList["items"][number]) {
    const name = URL.parse(issuer)?.host ?? issuer;
    const day = new Date(since).toLocaleDateString(undefined, { dateStyle: "medium" });
    return html`<li>
      <span>${name} <span class="quiet">since ${day}</span></span>
      <button class="button" aria-label="Disconnect ${name}" @click=${() => this.#disconnect(link, name)}>Disconnect</button>
    </li>`;
  }

  readonly #connect = async (): Promise<void> => {
    try {
      window.location.assign(await withProof(beginOpenId));
    } catch (error) {
      notifyError("The provider could not be connected", error);
    }
  };

  async #disconnect(link: string, name: string): Promise<void> {
    const body = "You can't sign in by it any more, until you connect it again. Your sign-ins go on.";
    if (!(await confirm({ heading: `Disconnect ${name}?`, body, action: "Disconnect" }))) return;
    try {
      await withProof(() => disconnectOpenId(link));
      notify("good", `${name} is disconnected`);
    } catch (error) {
      notifyError(`${name} is still connected`, error);
    }
    this.#list.reload();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-open-ids-card": OpenIdsCard;
  }
}
