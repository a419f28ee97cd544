import { css } from "lit";

/** A device's tag, as text or as a link to the devices with this tag. */
export const tags = css`
  .tag {
    display: inline-block;
    max-width: 100%;
    padding: 0 0.5rem;
    border-radius: var(--radius-small);
    background: var(--neutral-tint);
    color: var(--neutral-text);
    font-size: var(--size-small);
    line-height: 1.375rem;
    overflow-wrap: anywhere;
  }
  @media (pointer: coarse) {
    /* A transparent border enlarges the touch target. */
    a.tag {
      min-width: var(--control);
      border-block: 0.5625rem solid transparent;
      border-radius: calc(var(--radius-small) + 0.5625rem);
      background-clip: padding-box;
      text-align: center;
    }
  }
`;
