import { FleetError } from "@fleetlog/domain";
import type { Dialect } from "../dialect.ts";
import { KuraConversation } from "./conversation.ts";
import { publishTopics, subscribeTopics } from "./topics.ts";

const NAME = "kura";

/** Devices of Eclipse Kura, Kapua and Everyware Cloud: `$EDC` topics with protobuf payloads. */
export const kura: Dialect = {
  name: NAME,
  mqtt: {
    publishTopics,
    subscribeTopics,
    converse({ account, login, credential }, connection) {
      if (account === undefined || credential.by !== "names") {
        throw new FleetError("forbidden", `${login} must log in with the names that it is registered with`);
      }
      return new KuraConversation(account, credential.clientId, connection);
    },
  },
};
