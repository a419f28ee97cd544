import { css, html } from "lit";
import "../../components/basic/icon.ts";

/** Styles of the pages for people who are not signed in. */
export const signedOutStyles = css`
  :host {
    display: grid;
    /* In a low window, such as a phone's beside its keyboard, the page scrolls from its top. */
    place-content: safe center;
    height: 100%;
    overflow: auto;
    padding: var(--space-5) var(--space-4);
  }
  main,
  form {
    display: grid;
    gap: var(--space-4);
    width: min(22rem, calc(100vw - 2rem));
  }
  header {
    display: grid;
    justify-items: center;
    gap: var(--space-3);
    text-align: center;
  }
  header p {
    overflow-wrap: anywhere;
  }
  label {
    font-weight: 500;
  }
  .fault {
    display: flex;
    gap: var(--space-2);
    padding: var(--space-2) var(--space-3);
    border-radius: var(--radius);
    background: var(--danger-tint);
  }
`;

export function fault(text: string) {
  return html`<div class="fault"><fl-icon name="alert"></fl-icon><span>${text}</span></div>`;
}

/** Reads the email address and the code of a mailed link, and removes them from the address bar and the history. */
export function takeLink(): { readonly email: string; readonly code: string } | undefined {
  const { hash, pathname, search } = window.location;
  const given = new URLSearchParams(hash.slice(1));
  const [email, code] = [given.get("email"), given.get("code")];
  if (email === null || code === null) return undefined;
  window.history.replaceState(window.history.state, "", pathname + search);
  return { email, code };
}
