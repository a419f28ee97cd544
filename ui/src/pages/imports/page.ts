import type { Page } from "../../components/page.ts";
import { paths } from "../../state/paths.ts";
import { hasRole } from "../../state/session.ts";

export const importsPage: Page = {
  path: paths.imports,
  tag: "fl-imports-page",
  title: () => "Imports",
  load: () => import("./imports-page.ts"),
  navigation: { text: "Imports", icon: "database", key: "m", shown: () => hasRole("operator", "owner", "admin") },
};
