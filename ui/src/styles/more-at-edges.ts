import { css } from "lit";

/**
 * The `background` of a bar that scrolls sideways: shadows at the edges show that there is more. The first two layers have
 * the colour `--behind`, scroll with the content, and cover the shadows at its ends.
 */
export const moreAtEdges = css`
  linear-gradient(to right, var(--behind) 40%, transparent) left / 2.5rem 100% no-repeat local,
  linear-gradient(to left, var(--behind) 40%, transparent) right / 2.5rem 100% no-repeat local,
  linear-gradient(to right, var(--border-strong), transparent) left / 0.75rem 100% no-repeat scroll,
  linear-gradient(to left, var(--border-strong), transparent) right / 0.75rem 100% no-repeat scroll
`;
