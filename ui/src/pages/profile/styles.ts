import { css } from "lit";

/** A card whose contents keep their own width. */
export const looseCard = css`
  .card-body {
    display: grid;
    justify-items: start;
    gap: var(--space-3);
  }
`;

export const profileForm = css`
  form {
    display: grid;
    justify-items: start;
    gap: var(--space-3);
    width: 100%;
    max-width: 24rem;
  }
  .field {
    width: 100%;
  }
`;
