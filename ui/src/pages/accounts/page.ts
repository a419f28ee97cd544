import type { Page } from "../../components/basic/page.ts";
import { hasAccounts, isAdministrator } from "../../state/accounts.ts";
import { paths } from "../../state/paths.ts";

export const accountsPage: Page = {
  path: paths.accounts,
  tag: "fl-accounts-page",
  title: () => "Accounts",
  load: () => import("./accounts-page.ts"),
  navigation: { text: "Accounts", icon: "account", key: "a", shown: hasAccounts },
  // While there is one account, only the palette leads here.
  palette: [
    {
      text: "Accounts",
      icon: "account",
      href: paths.accounts,
      shown: () => isAdministrator() && !hasAccounts(),
    },
  ],
};
