import { css } from "lit";

export const deviceStyles = css`
  .columns {
    grid-template-columns: minmax(0, 1fr) minmax(18rem, 23rem);
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
  @media (max-width: 67rem) {
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
    /* On a phone the profile comes last. */
    .side,
    .main {
      display: contents;
    }
    fl-profile-card {
      order: 1;
    }
  }
`;
