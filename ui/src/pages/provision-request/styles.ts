import { css } from "lit";
import { chainStyles } from "../../styles/chain.ts";

export const provisionRequestStyles = css`
  ${chainStyles}
  :host {
    display: grid;
  }
  .columns {
    grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
  }
  .page-head > .end {
    flex-wrap: wrap;
  }
`;
