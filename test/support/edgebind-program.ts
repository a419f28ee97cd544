import type { StockClient } from "./stock-clients.ts";

/** What an Edgebind program does: it subscribes to `reboot`, and closes its connection when it is rebooted. */
export function runEdgebindProgram(client: Pick<StockClient, "on" | "subscribe" | "close">): {
  readonly rebooted: Promise<void>;
} {
  const rebooted = new Promise<void>((resolve) => {
    client.on("open", () => {
      void client.subscribe("reboot");
      client.on("reboot", () => {
        client.close();
        resolve();
      });
    });
  });
  return { rebooted };
}
