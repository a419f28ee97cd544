import { VIEW_SCHEMAS } from "@fleetlog/protocol";
import { view } from "../view.ts";
import { accounts as projection } from "./accounts.ts";
import { listAccounts } from "./list.ts";

export const accounts = view(VIEW_SCHEMAS.accounts, [projection], { "accounts.list": listAccounts });
