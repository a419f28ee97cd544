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
  /*
   * In one column the values come first, since the header shows the status already; then why it has this status, and its
   * commands.
   */
  @media (max-width: 67rem) {
    .main {
      display: contents;
    }
    .side {
      order: 1;
    }
    fl-updates-card,
    fl-configuration-card,
    fl-past-configuration,
    fl-timeline {
      order: 2;
    }
  }
  @media (min-width: 48rem) and (max-width: 67rem) {
    .side {
      grid-template: "status command" auto "credentials command" auto "profile command" 1fr / minmax(0, 1fr) minmax(0, 1fr);
      align-items: start;
    }
    fl-status-card {
      grid-area: status;
    }
    fl-command-card,
    fl-past-commands {
      grid-area: command;
    }
    fl-credentials-card {
      grid-area: credentials;
    }
    fl-profile-card {
      grid-area: profile;
    }
  }
  @media (max-width: 47.99rem) {
    .side {
      display: contents;
    }
    fl-status-card,
    fl-command-card,
    fl-past-commands {
      order: 1;
    }
    fl-credentials-card,
    fl-profile-card {
      order: 3;
    }
  }
`;
