import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";
import { mayScan } from "../../state/session.ts";

export const cataloguesPage: Page = {
  path: paths.catalogues,
  tag: "fl-catalogues-page",
  title: () => "Catalogues",
  load: () => import("./catalogues-page.ts"),
  palette: [{ text: "Catalogues of firmware and software", icon: "refresh", href: paths.catalogues, shown: mayScan }],
};
