import { css } from "lit";

export const peopleStyles = css`
  .bar {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2);
  }
  .bar fl-text-filter {
    flex: 0 1 12rem;
  }
  .bar select {
    width: auto;
  }
  li {
    border-top: 1px solid var(--border);
  }
  .more {
    padding: var(--space-3);
    text-align: center;
  }
  @media (max-width: 47.99rem) {
    .bar fl-text-filter {
      flex: 1 1 100%;
    }
    .bar select {
      flex: 1 1 8rem;
    }
  }
`;

export const personRowStyles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 2fr) minmax(0, 1.5fr) minmax(0, 1.5fr) 7rem var(--control);
    align-items: center;
    gap: var(--space-1) var(--space-4);
    padding: var(--space-3) var(--space-4);
    overflow-wrap: anywhere;
  }
  h2 {
    font-size: var(--size);
  }
  .who,
  .access,
  .state {
    display: grid;
    justify-items: start;
    gap: var(--space-1);
    min-width: 0;
  }
  .tags {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-1);
    min-width: 0;
  }
  .tags:empty {
    display: none;
  }
  @media (pointer: coarse) {
    .devices a,
    a.tag {
      display: inline-flex;
      align-items: center;
      min-width: var(--control);
      min-height: var(--control);
    }
  }
  @media (max-width: 60rem) {
    :host {
      grid-template: "who state devices menu" auto "access state devices menu" auto / minmax(0, 1fr) 7rem 7rem var(--control);
    }
    .who {
      grid-area: who;
    }
    .access {
      grid-area: access;
    }
    .state {
      grid-area: state;
    }
    .devices {
      grid-area: devices;
    }
    .menu {
      grid-area: menu;
    }
  }
  @media (max-width: 47.99rem) {
    :host {
      grid-template: "who menu" auto "access access" auto "state state" auto "devices devices" auto / minmax(0, 1fr) auto;
    }
  }
`;
