import type { Page } from "../../components/basic/page.ts";
import { paths } from "../../state/paths.ts";

export const claimCodesPage: Page = {
  path: paths.claimCodes,
  tag: "fl-claim-codes-page",
  title: () => "Claim codes",
  load: () => import("./claim-codes-page.ts"),
  palette: [{ text: "Claim codes", icon: "key", href: paths.claimCodes }],
};
