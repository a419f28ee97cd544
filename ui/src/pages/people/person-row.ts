import { html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Tone } from "../../components/basic/badge.ts";
import type { IconName } from "../../components/basic/icons.ts";
import { chosen } from "../../components/basic/menu.ts";
import { counted } from "../../components/text/numbers.ts";
import type { PersonResource } from "../../data/people.ts";
import { nameOf } from "../../data/people.ts";
import { hasAccounts } from "../../state/accounts.ts";
import { paths } from "../../state/paths.ts";
import { sessionInfo } from "../../state/session.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, tags as tagStyles } from "../../styles/shared.ts";
import { confirmEnd, confirmErase, confirmNoSecondFactor } from "./acts.ts";
import { showEmailDialog } from "./email-dialog.ts";
import { hasEnded } from "./filters.ts";
import { showPersonLink } from "./link.ts";
import { showPersonDialog } from "./person-dialog.ts";
import { rolesUpTo } from "./roles.ts";
import { personRowStyles } from "./styles.ts";
import "../../components/basic/badge.ts";
import "../../components/basic/icon.ts";

const LOOKS: Readonly<Record<PersonResource["status"], readonly [Tone, IconName, string]>> = {
  invited: ["info", "hourglass", "Invited"],
  unconfirmed: ["warning", "hourglass", "Signed up, not confirmed"],
  active: ["good", "check", "Confirmed"],
  ended: ["neutral", "ban", "Ended"],
  erased: ["neutral", "trash", "Erased"],
};

@customElement("fl-person-row")
export class PersonRow extends LitElement {
  static override styles = [base, buttons, tagStyles, personRowStyles];

  @property({ attribute: false }) person!: PersonResource;

  protected override render() {
    const { person } = this;
    const { email, role, account, status } = person;
    const [tone, icon, text] = LOOKS[status];
    const name = nameOf(person);
    const isSelf = person.id === sessionInfo()?.person.id;
    return html`<div class="who">
        <h2>${status === "erased" ? "Erased person" : name}${isSelf ? html` <span class="quiet">(you)</span>` : nothing}</h2>
        ${name === email || status === "erased" ? nothing : html`<span class="quiet">${email}</span>`}
      </div>
      <div class="access">
        <span>${role}${hasAccounts() ? html` <span class="quiet">in ${account}</span>` : nothing}</span>
        <span class="tags">${(person.tags ?? []).map((tag) => this.#tag(tag))}</span>
      </div>
      <div class="state">
        <fl-badge tone=${tone} icon=${icon}>${text}</fl-badge>
        ${this.#mail()} ${this.#openIds()}
      </div>
      <div class="devices">${this.#devices()}</div>
      <div class="menu">${isSelf || !this.#mayManage() ? nothing : this.#menu(name)}</div>`;
  }

  #tag(tag: string) {
    return hasEnded(this.person)
      ? html`<span class="tag">${tag}</span>`
      : html`<a class="tag" title="Devices with the tag ${tag}" href=${this.#fleet({ tag })}>${tag}</a>`;
  }

  /** A link if a single filter of the fleet page selects exactly these devices. */
  #devices() {
    const { devices, tags = [] } = this.person;
    if (devices === undefined) return nothing;
    const text = counted(devices, "device");
    const [tag] = tags;
    if (tags.length > 1) return html`<span title="With one of these tags">${text}</span>`;
    return html`<a href=${this.#fleet(tag === undefined ? {} : { tag })}>${text}</a>`;
  }

  #fleet(filter: { readonly tag?: string }): string {
    const { role, account } = this.person;
    const query = new URLSearchParams({ ...(hasAccounts() && role !== "admin" && { account }), ...filter }).toString();
    return query === "" ? paths.fleet : `${paths.fleet}?${query}`;
  }

  #mail() {
    const { mail } = this.person;
    if (mail?.state !== "failed") return nothing;
    return html`<span class="quiet">The last mail failed: ${mail.reason ?? "for an unknown reason"}</span>`;
  }

  #openIds() {
    const { openIds = [] } = this.person;
    if (openIds.length === 0 || hasEnded(this.person)) return nothing;
    const hosts = openIds.map(({ issuer }) => URL.parse(issuer)?.host ?? issuer);
    return html`<span class="quiet">Signs in by ${hosts.join(", ")}</span>`;
  }

  #mayManage(): boolean {
    const { role, tags } = sessionInfo() ?? {};
    if (this.person.status === "erased" || tags !== undefined) return false;
    return rolesUpTo(role).includes(this.person.role);
  }

  #menu(name: string) {
    const ended = hasEnded(this.person);
    return html`<wa-dropdown placement="bottom-end" @wa-select=${this.#chosen}>
      <button slot="trigger" class="button icon" aria-label="Actions for ${name}"><fl-icon name="more"></fl-icon></button>
      ${
        ended
          ? nothing
          : html`<wa-dropdown-item value="access">Change access…</wa-dropdown-item>
              <wa-dropdown-item value="link">Make a one-time link</wa-dropdown-item>
              <wa-dropdown-item value="email">Change email address…</wa-dropdown-item>
              <wa-dropdown-item value="second-factor">Turn off the second factor…</wa-dropdown-item>
              <wa-dropdown-item value="end" variant="danger">End access…</wa-dropdown-item>`
      }
      <wa-dropdown-item value="erase" variant="danger">Erase…</wa-dropdown-item>
    </wa-dropdown>`;
  }

  readonly #chosen = async (event: CustomEvent<{ item: { value: string } }>): Promise<void> => {
    const { person } = this;
    const acts: Readonly<Record<string, () => Promise<unknown>>> = {
      access: () => this.#changeAccess(person),
      link: () => showPersonLink(person),
      email: () => showEmailDialog(person),
      "second-factor": () => confirmNoSecondFactor(person),
      end: () => confirmEnd(person),
      erase: () => confirmErase(person),
    };
    await acts[chosen(event)]?.();
    this.dispatchEvent(new Event("changed"));
  };

  async #changeAccess(person: PersonResource): Promise<void> {
    if ((await showPersonDialog(person, false)) !== undefined)
      notify("good", `The access of ${nameOf(person)} is changed`);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-person-row": PersonRow;
  }
}
