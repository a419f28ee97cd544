import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const chainPage: Page = {
  path: paths.chain(":event").replaceAll("%3A", ":"),
  tag: "fl-chain-page",
  title: () => "Cause and effect",
  load: () => import("./chain-page.ts"),
};
