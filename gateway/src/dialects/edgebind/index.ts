import { canonicalAddress, type IdentityConvention } from "@fleetlog/identity";
import { hostOf } from "../../net/address.ts";
import type { Dialect } from "../dialect.ts";
import { EdgebindConversation } from "./conversation.ts";

const NAME = "edgebind";

/** Edgebind programs send no credential, so their address identifies the device. */
const byAddress: IdentityConvention = ({ listener, address: peer }, registered) => {
  if (listener !== NAME) return undefined;
  const address = canonicalAddress(hostOf(peer));
  if (address === undefined) return undefined;
  return registered
    .byAddress(NAME, address)
    .then(
      (found) =>
        found && { device: found.device, dialect: NAME, login: found.device, credential: { by: "address", address } },
    );
};

/** These programs know only a host and a port, so they connect to `/`. On the HTTP ports, `/` is for native devices. */
export const edgebind: Dialect = {
  name: NAME,
  paths: ["/"],
  identify: byAddress,
  jsonrpc: { methods: [], converse: (_device, connection) => new EdgebindConversation(connection) },
  listener: {
    protocol: "websocket",
    path: "/",
    setting: "FLEETLOG_EDGEBIND_PORT",
    clientsWait: true,
    port: ({ edgebindPort }) => edgebindPort,
  },
};
