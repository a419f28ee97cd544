import { css, html, LitElement } from "lit";
import { customElement } from "lit/decorators.js";
import { base } from "../../styles/shared.ts";
import "./sign-in-form.ts";

/** What a stranger sees. */
@customElement("fl-sign-in-page")
export class SignInPage extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        place-content: center;
        min-height: 100%;
        padding: var(--space-5) var(--space-4);
      }
      main {
        display: grid;
        gap: var(--space-5);
        width: min(22rem, calc(100vw - 2rem));
      }
      header {
        display: grid;
        justify-items: center;
        gap: var(--space-3);
        text-align: center;
      }
    `,
  ];

  protected override render() {
    return html`<main>
      <header>
        <img src="/favicon.svg" alt="" width="44" height="44" />
        <div>
          <h1>Sign in to Fleetlog</h1>
          <p class="quiet">See, understand and command your fleet.</p>
        </div>
      </header>
      <fl-sign-in-form></fl-sign-in-form>
    </main>`;
  }
}
