import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";
import { mayOnboard } from "../../state/session.ts";

export const importsPage: Page = {
  path: paths.imports,
  tag: "fl-imports-page",
  title: () => "Imports",
  load: () => import("./imports-page.ts"),
  palette: [{ text: "Imports", icon: "database", href: paths.imports, shown: mayOnboard }],
};
