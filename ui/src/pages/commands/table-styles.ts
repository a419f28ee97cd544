import { css } from "lit";

export const commandTableStyles = css`
  :host {
    --template: 7.25rem minmax(10rem, 1.5fr) minmax(9rem, 1.1fr) minmax(8rem, 1.3fr) minmax(5rem, 0.6fr) 6rem 4.5rem;
  }
  .row {
    padding: 0 var(--space-4);
  }
  .body .row > .state {
    display: flex;
    align-items: center;
  }
  .row > .took {
    padding: 0;
    text-align: right;
    font-variant-numeric: tabular-nums;
  }
  .name a {
    color: var(--text);
    font-weight: 500;
  }
  .device a {
    color: inherit;
  }
  @media (pointer: coarse) {
    /* The link is too small for a finger, so a tap opens the command, whose page links to the device. */
    .device a {
      pointer-events: none;
    }
  }
  .params {
    color: var(--text-faint);
    font-size: var(--size-small);
  }
  .body .row > .outcome.waiting,
  .body .row > .took.so-far {
    color: var(--text-quiet);
  }
  .body .row > .outcome.failed {
    color: var(--danger-text);
  }
  @media (max-width: 70rem) {
    :host {
      --template: 7.25rem minmax(9rem, 1.5fr) minmax(8rem, 1.1fr) minmax(7rem, 1.2fr) minmax(4.5rem, 0.6fr) 5.5rem;
    }
    .row > .took {
      display: none;
    }
  }
  @media (max-width: 47.99rem) {
    .body .row {
      grid-template: "name state" 1.5rem "device issued" 1.25rem / minmax(0, 1fr) auto;
      padding: 0 var(--space-3);
    }
    .row > .name {
      display: block;
      grid-area: name;
    }
    .body .row > .state {
      grid-area: state;
      justify-self: end;
      padding: 0;
      font-size: var(--size-small);
    }
    .row > .device {
      display: block;
      grid-area: device;
      font-size: var(--size-small);
    }
    .row > .issued {
      display: block;
      grid-area: issued;
      padding: 0;
      font-size: var(--size-small);
      text-align: right;
    }
  }
`;
