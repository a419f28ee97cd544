import { css, html, LitElement, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { browserHasPasskeys, listPasskeys, type PasskeyList, type PasskeyResource } from "../../data/passkeys.ts";
import { Query } from "../../state/query.ts";
import { base, buttons, cards } from "../../styles/shared.ts";
import { looseCard } from "./styles.ts";
import "../../components/basic/icon.ts";
import "../../components/basic/notice.ts";
import { type PasskeyPurpose, showPasskeyDialog } from "./passkey-dialog.ts";

@customElement("fl-passkeys-card")
export class PasskeysCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    looseCard,
    css`
      ul {
        width: 100%;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-2) 0;
      }
      li + li {
        border-top: 1px solid var(--border);
      }
      .actions {
        display: flex;
        gap: var(--space-2);
      }
      .what {
        display: grid;
        flex: 1 1 9rem;
        min-width: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];

  readonly #passkeys = new Query<"passkeys", PasskeyList>(this, {
    args: () => "passkeys",
    load: (_, signal) => listPasskeys(signal),
  });

  protected override render() {
    const { data, error } = this.#passkeys;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Passkeys</h2></div>
      <div class="card-body">
        ${error && !data ? html`<fl-error inline .error=${error} @retry=${() => this.#passkeys.reload()}></fl-error>` : nothing}
        ${data ? this.#content(data) : nothing}
      </div>
    </section>`;
  }

  #content({ items, unavailable }: PasskeyList) {
    const why = unavailable ?? (browserHasPasskeys() ? undefined : "This browser has no passkeys at this address.");
    return html`<p class="quiet">
        With a passkey you sign in without a password: your device asks for its PIN, your fingerprint or your face. It also
        works as second factor.
      </p>
      ${items.length > 0 ? html`<ul>${items.map((passkey) => this.#row(passkey))}</ul>` : nothing}
      ${why ? html`<p class="quiet">${why}</p>` : nothing}
      <button class="button" ?disabled=${why !== undefined} @click=${() => this.#open("add")}>
        <fl-icon name="plus"></fl-icon>Add a passkey
      </button>`;
  }

  #row(passkey: PasskeyResource) {
    const { name, site, addedAt, usedAt } = passkey;
    const day = (at: string) => new Date(at).toLocaleDateString(undefined, { dateStyle: "medium" });
    const elsewhere = site === window.location.hostname ? "" : ` For ${site} only.`;
    return html`<li>
      <div class="what">
        <strong>${name}</strong>
        <span class="quiet">Added ${day(addedAt)}, ${usedAt ? `last used ${day(usedAt)}` : "never used"}.${elsewhere}</span>
      </div>
      <span class="actions">
        <button class="button" aria-label="Rename ${name}" @click=${() => this.#open("rename", passkey)}>Rename</button>
        <button class="button" aria-label="Remove ${name}" @click=${() => this.#open("remove", passkey)}>Remove</button>
      </span>
    </li>`;
  }

  async #open(purpose: PasskeyPurpose, passkey?: PasskeyResource): Promise<void> {
    await showPasskeyDialog(purpose, passkey);
    this.#passkeys.reload();
  }
}
