import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { explained, failureNote } from "../../components/basic/notice.ts";
import { asApiError } from "../../data/problem.ts";
import type { SessionInfo } from "../../data/session.ts";
import { changeNames } from "../../state/session.ts";
import { notify } from "../../state/toasts.ts";
import { base, buttons, cards, fields } from "../../styles/shared.ts";
import { profileForm } from "./styles.ts";
import "../../components/basic/icon.ts";

const NAMES = [
  ["userName", "Display name", "Shown on the pages; empty: your email address.", "nickname"],
  ["givenName", "First name", "", "given-name"],
  ["familyName", "Last name", "", "family-name"],
] as const;

@customElement("fl-names-card")
export class NamesCard extends LitElement {
  static override styles = [base, buttons, cards, fields, profileForm];

  @property({ attribute: false }) person!: SessionInfo["person"];
  @state() private fault = "";
  @state() private busy = false;

  protected override render() {
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Your name</h2></div>
      <div class="card-body">
        <form @submit=${this.#submit} novalidate>
          ${NAMES.map(
            ([name, label, hint, autocomplete]) => html`<label class="field">
              <span>${label}</span>
              <input type="text" name=${name} maxlength="128" autocomplete=${autocomplete} .value=${this.person[name] ?? ""} />
              ${hint ? html`<span class="hint">${hint}</span>` : nothing}
            </label>`,
          )}
          ${failureNote(this.fault)}
          <button class="button" ?disabled=${this.busy}>Save names</button>
        </form>
      </div>
    </section>`;
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const given = new FormData(event.target as HTMLFormElement);
    this.fault = "";
    this.busy = true;
    try {
      await changeNames(
        Object.fromEntries(NAMES.map(([name]) => [name, String(given.get(name) ?? "").trim() || null])),
      );
      notify("good", "Your name is changed");
    } catch (thrown) {
      this.fault = explained(asApiError(thrown));
    }
    this.busy = false;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "fl-names-card": NamesCard;
  }
}
