import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";
import { mayReadHistory } from "../../state/session.ts";

export const exportsPage: Page = {
  path: paths.exports,
  tag: "fl-exports-page",
  title: () => "Exports",
  load: () => import("./exports-page.ts"),
  palette: [{ text: "Export the history", icon: "archive", href: paths.exports, shown: mayReadHistory }],
};
