import { css, html, nothing } from "lit";
import "../../components/basic/icon.ts";

export interface SecretInput {
  readonly id: string;
  readonly what: "token" | "password";
  readonly autocomplete: "current-password" | "new-password";
  readonly shown: boolean;
  readonly isInvalid: boolean;
  readonly hint?: string;
  readonly toggle: () => void;
}

export const secretStyles = css`
  .secret {
    position: relative;
  }
  .secret input {
    padding-right: 2.5rem;
    font-family: var(--mono);
  }
  .secret button {
    position: absolute;
    right: 0;
    top: 0;
  }
`;

/**
 * A field for a secret, with a button that shows it. This is a function, not an element, because password managers fill
 * only fields in the same tree.
 */
export function secretInput({ id, what, autocomplete, shown, isInvalid, hint, toggle }: SecretInput) {
  return html`<div class="secret">
    <input
      id=${id}
      type=${shown ? "text" : "password"}
      name=${id}
      autocomplete=${autocomplete}
      required
      spellcheck="false"
      aria-invalid=${isInvalid ? "true" : nothing}
      aria-describedby=${hint ?? nothing}
    />
    <button type="button" class="button ghost icon" aria-label=${`${shown ? "Hide" : "Show"} the ${what}`} @click=${toggle}>
      <fl-icon .name=${shown ? "eye-off" : "eye"}></fl-icon>
    </button>
  </div>`;
}
