import { css, html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { explained, failureLine } from "../../components/basic/notice.ts";
import type { AccountField } from "../../components/fields/account-field.ts";
import type { TagsInput } from "../../components/fields/tags-input.ts";
import { type ClaimAnswer, claimDevice } from "../../data/onboarding.ts";
import { asApiError } from "../../data/problem.ts";
import { takeClaimCode } from "../../state/claim-link.ts";
import { paths } from "../../state/paths.ts";
import { pages } from "../../styles/page.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import "../../components/fields/account-field.ts";
import "../../components/basic/icon.ts";
import "../../components/onboarding/onboarding-sections.ts";
import "../../components/fields/tags-input.ts";

@customElement("fl-claim-page")
export class ClaimPage extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    fields,
    pages,
    css`
      form,
      .done {
        display: grid;
        gap: var(--space-4);
        max-width: 32rem;
        padding: var(--space-4);
      }
      #code {
        font-family: var(--mono);
        text-transform: uppercase;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
    `,
  ];

  @state() private code = takeClaimCode() ?? "";
  @state() private faults: Readonly<Record<string, string>> = {};
  @state() private busy = false;
  @state() private claimed: ClaimAnswer | undefined;
  @query("fl-tags-input") private readonly tags!: TagsInput | null;
  @query("fl-account-field") private readonly account!: AccountField | null;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("hashchange", this.#takeLink);
  }

  override disconnectedCallback(): void {
    window.removeEventListener("hashchange", this.#takeLink);
    super.disconnectedCallback();
  }

  protected override render() {
    return html`<header class="page-head"><h1>Claim a device</h1></header>
      <fl-onboarding-sections here=${paths.claim}></fl-onboarding-sections>
      <section class="card" aria-label="Claim a device">${this.claimed ? this.#done(this.claimed) : this.#form()}</section>`;
  }

  #form() {
    const { faults, busy } = this;
    return html`<form novalidate @submit=${this.#submit}>
      <p class="quiet">Enter the code that is printed on the device or its box. The device then belongs to your account.</p>
      <div class="field">
        <label for="code">Claim code</label>
        <input
          id="code"
          type="text"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck="false"
          maxlength="80"
          .value=${this.code}
          aria-invalid=${faults.code ? "true" : nothing}
          aria-describedby="code-note"
        />
        <p class=${faults.code ? "fault" : "hint"} id="code-note" role=${faults.code ? "alert" : nothing}>
          ${faults.code ?? "Such as K7XM-93TV-AWYC-HJ4D-GPRF. Capitals and dashes do not matter."}
        </p>
      </div>
      <fl-account-field .fault=${faults.account ?? ""}></fl-account-field>
      <div class="field">
        <label for="name">Name <span class="faint">optional</span></label>
        <input id="name" type="text" autocomplete="off" maxlength="128" aria-describedby="name-note" aria-invalid=${faults.name ? "true" : nothing} />
        <p class="fault" id="name-note" ?hidden=${!faults.name}>${faults.name}</p>
      </div>
      <div class="field">
        <span>Tags <span class="faint">optional</span></span>
        <fl-tags-input label="Tags"></fl-tags-input>
        <p class="fault" ?hidden=${!faults.tags}>${faults.tags}</p>
      </div>
      <div role="alert">
        ${failureLine(faults.form)}
      </div>
      <div class="actions">
        <button class="button primary" aria-disabled=${busy}>${busy ? "Claiming…" : "Claim device"}</button>
      </div>
    </form>`;
  }

  #done({ device, registered }: ClaimAnswer) {
    const text = registered
      ? "It is in your account now."
      : "It will be in your account as soon as it connects and shows this code.";
    return html`<div class="done" role="status">
      <h2>${device === undefined ? "The device is yours" : html`${device} is yours`}</h2>
      <p class="quiet">${text}</p>
      <div class="actions">
        ${registered && device !== undefined ? html`<a class="button primary" href=${paths.device(device)}>Show device</a>` : nothing}
        <button class="button" @click=${this.#again}>Claim another</button>
      </div>
    </div>`;
  }

  readonly #takeLink = (): void => {
    const code = takeClaimCode();
    if (code === undefined) return;
    this.claimed = undefined;
    this.code = code;
  };

  readonly #again = (): void => {
    this.claimed = undefined;
    this.code = "";
    void this.#focus("#code");
  };

  async #focus(what: string): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(what)?.focus();
  }

  readonly #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const text = (id: string) => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.value.trim() ?? "";
    const [code, name, tags] = [text("code"), text("name"), this.tags?.collect() ?? []];
    this.code = code;
    this.faults = code === "" ? { code: "Enter the code first." } : {};
    if (code === "") return void this.#focus("#code");
    this.busy = true;
    try {
      const account = this.account?.value;
      this.claimed = await claimDevice({
        code,
        ...(name !== "" && { name }),
        ...(tags.length > 0 && { tags: [...tags] }),
        ...(account !== undefined && { account }),
      });
      void this.#focus(".done .button");
    } catch (thrown) {
      const error = asApiError(thrown);
      const field = error.field ?? "";
      this.faults = { [["code", "account", "name", "tags"].includes(field) ? field : "form"]: explained(error) };
      void this.#focus("[aria-invalid=true]");
    }
    this.busy = false;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-claim-page": ClaimPage;
  }
}
