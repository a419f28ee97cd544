import { css, html, LitElement, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { type SecondFactor, secondFactor } from "../../data/profile.ts";
import { Query } from "../../state/query.ts";
import { base, buttons, cards, stacked } from "../../styles/shared.ts";
import "../../components/basic/notice.ts";
import { type Purpose, showSecondFactorDialog } from "./second-factor-dialog.ts";

@customElement("fl-second-factor-card")
export class SecondFactorCard extends LitElement {
  static override styles = [
    base,
    buttons,
    cards,
    stacked,
    css`
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
    `,
  ];

  @state() private running = false;
  readonly #status = new Query<"second-factor", SecondFactor>(this, {
    args: () => "second-factor",
    load: (_, signal) => secondFactor(signal),
  });

  protected override render() {
    const { data, error } = this.#status;
    return html`<section class="card" aria-labelledby="heading">
      <div class="card-head"><h2 id="heading">Second factor</h2></div>
      <div class="card-body">
        ${error && !data ? html`<fl-error inline .error=${error} @retry=${() => this.#status.reload()}></fl-error>` : nothing}
        ${data ? this.#content(data) : nothing}
      </div>
    </section>`;
  }

  #content({ on, recoveryCodes, passkeysOnly }: SecondFactor) {
    if (!on) {
      return html`<p class="quiet">
          With a second factor, signing in with your password also needs a code of an authenticator app, or a
          passkey.
        </p>
        <div class="actions">
          ${this.#button("turn-on", "Turn on")} ${this.#button("by-passkey", "Use my passkeys only")}
        </div>`;
    }
    const left = recoveryCodes === 1 ? "One recovery code is left." : `${recoveryCodes} recovery codes are left.`;
    return html`<p><strong>On.</strong> <span class="quiet">Signing in with your password needs ${passkeysOnly ? "one of your passkeys" : "a code or a passkey"}. ${left}</span></p>
      <div class="actions">
        ${this.#button("recovery-codes", "New recovery codes")} ${this.#button("turn-off", "Turn off")}
      </div>`;
  }

  #button(purpose: Purpose, text: string) {
    return html`<button class="button" ?disabled=${this.running} @click=${() => this.#open(purpose)}>${text}</button>`;
  }

  async #open(purpose: Purpose): Promise<void> {
    this.running = true;
    await showSecondFactorDialog(purpose);
    this.running = false;
    this.#status.reload();
  }
}
