import type { Page } from "../../components/page.ts";

export const commandPage: Page = {
  path: "/commands/:command",
  tag: "fl-command-page",
  title: () => "Command",
  load: () => import("./command-page.ts"),
};
