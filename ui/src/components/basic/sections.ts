import { css, html, nothing } from "lit";

export interface Section {
  readonly path: string;
  readonly text: string;
  readonly shown?: () => boolean;
}

export const sectionStyles = css`
  :host {
    display: block;
    min-width: 0;
  }
  ul {
    display: flex;
    gap: var(--space-1);
    border-bottom: 1px solid var(--border);
    overflow-x: auto;
    scrollbar-width: none;
  }
  a {
    display: flex;
    align-items: center;
    height: 2.5rem;
    padding: 0 var(--space-3);
    border-bottom: 2px solid transparent;
    color: var(--text-quiet);
    font-weight: 500;
    white-space: nowrap;
  }
  a:hover {
    color: var(--text);
    text-decoration: none;
  }
  a[aria-current] {
    border-color: var(--accent);
    color: var(--accent);
  }
  a:focus-visible {
    outline-offset: -2px;
  }
`;

/** Links to pages that belong together. */
export function sectionLinks(label: string, sections: readonly Section[], here: string) {
  return html`<nav aria-label=${label}>
    <ul>
      ${sections.map(({ path, text, shown }) =>
        shown?.() === false
          ? nothing
          : html`<li><a href=${path} aria-current=${path === here ? "page" : nothing}>${text}</a></li>`,
      )}
    </ul>
  </nav>`;
}
