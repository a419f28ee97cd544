import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";
import { mayReadHistory } from "../../state/session.ts";

export const sqlPage: Page = {
  path: paths.sql,
  tag: "fl-sql-page",
  title: () => "SQL",
  load: () => import("./sql-page.ts"),
  palette: [{ text: "SQL", icon: "database", href: paths.sql, shown: mayReadHistory }],
};
