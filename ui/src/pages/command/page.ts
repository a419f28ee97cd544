import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const commandPage: Page = {
  path: `${paths.commands}/:command`,
  tag: "fl-command-page",
  title: () => "Command",
  load: () => import("./command-page.ts"),
};
