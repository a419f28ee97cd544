import { css } from "lit";

export const appStyles = css`
  :host {
    display: block;
    height: 100dvh;
  }
  .frame {
    display: grid;
    grid-template:
      "side top" auto
      "side content" minmax(0, 1fr) / 13rem minmax(0, 1fr);
    height: 100%;
  }
  aside {
    grid-area: side;
    display: grid;
    align-content: start;
    gap: var(--space-3);
    padding: 0 var(--space-3);
    border-right: 1px solid var(--border);
    background: var(--surface);
  }
  .brand {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    height: 3.25rem;
    padding: 0 var(--space-2);
    color: var(--text);
    font-size: var(--size-large);
    font-weight: 650;
    letter-spacing: -0.01em;
  }
  .brand:hover {
    text-decoration: none;
  }
  fl-top-bar {
    grid-area: top;
  }
  .content {
    grid-area: content;
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  main {
    flex: 1;
    /* Hidden texts have an absolute position: without this, those of a long page lengthen the document. */
    position: relative;
    min-height: 0;
    overflow: auto;
  }
  .past {
    position: relative;
  }
  .past::after {
    content: "";
    position: absolute;
    inset: 0;
    z-index: 50;
    border: 3px solid var(--past-mark);
    border-top: 0;
    pointer-events: none;
  }
  @media print {
    :host,
    .frame,
    .content,
    main {
      display: block;
      height: auto;
      overflow: visible;
    }
    aside,
    fl-top-bar {
      display: none;
    }
  }
  /* Script focuses the page for screen readers; it is not a control. */
  main:focus-visible {
    outline: none;
  }
  .skip {
    position: absolute;
    left: var(--space-3);
    top: -4rem;
    z-index: 60;
  }
  .skip:focus {
    top: var(--space-2);
  }
  .alone {
    min-height: 100%;
    align-content: center;
  }
  @media (max-width: 47.99rem) {
    :host {
      --bottom-bar: 3.25rem;
    }
    .frame {
      grid-template:
        "top" auto
        "content" minmax(0, 1fr)
        "side" auto / minmax(0, 1fr);
    }
    aside {
      display: block;
      min-width: 0;
      padding: 0 0 env(safe-area-inset-bottom);
      border: 0;
      border-top: 1px solid var(--border);
    }
    .brand {
      display: none;
    }
  }
`;
