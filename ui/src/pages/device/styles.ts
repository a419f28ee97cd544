import { css } from "lit";

export const deviceStyles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    align-content: start;
    gap: var(--space-4);
    min-width: 0;
    padding: var(--space-4) var(--space-5) var(--space-6);
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(18rem, 23rem);
    align-items: start;
    gap: var(--space-4);
  }
  .side,
  .main {
    display: grid;
    gap: var(--space-4);
    min-width: 0;
  }
  .side {
    order: 2;
  }
  .loading {
    padding: var(--space-6);
    color: var(--text-faint);
    text-align: center;
  }
  @media (max-width: 67rem) {
    .columns {
      grid-template-columns: minmax(0, 1fr);
    }
    .side {
      order: 0;
    }
  }
  @media (min-width: 48rem) and (max-width: 67rem) {
    .side {
      grid-template-columns: repeat(2, minmax(0, 1fr));
      align-items: start;
    }
  }
  @media (max-width: 47.99rem) {
    :host,
    .columns {
      gap: var(--space-3);
    }
    :host {
      padding: var(--space-3);
    }
    /* What it says of itself comes after what it does. */
    .side,
    .main {
      display: contents;
    }
    fl-profile-card {
      order: 1;
    }
  }
`;
