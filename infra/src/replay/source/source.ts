import type { DeviceDetail, DeviceResource, PastDevicePage, Replay, StartReplay } from "@fleetlog/protocol";
import type { Client } from "../../import-from/server/client.ts";

const PAGE = 1_000;

/** Reads the source's history. */
export class Source {
  readonly #client: Pick<Client, "get" | "post">;

  constructor(client: Pick<Client, "get" | "post">) {
    this.#client = client;
  }

  begin(span: Pick<StartReplay, "from" | "to" | "speed">): Promise<Replay> {
    const { to, ...more } = span;
    const body: StartReplay = { ...more, ...(to !== undefined && { to }), content: "events" };
    return this.#client.post<Replay>("/api/history/replays", body);
  }

  /** @param at a sequence of FLEET */
  async devices(at: number, group: string | undefined): Promise<readonly DeviceResource[]> {
    // Before the first event there is no device.
    if (at === 0) return [];
    const devices: DeviceResource[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query = new URLSearchParams({ at: String(at), sort: "id", limit: String(PAGE) });
      if (group !== undefined) query.set("group", group);
      if (cursor !== "") query.set("cursor", cursor);
      const page: PastDevicePage = await this.#client.get<PastDevicePage>(`/api/history/devices?${query}`);
      devices.push(...page.items);
      cursor = page.next;
    }
    return devices;
  }

  async profile(device: string, at: number): Promise<DeviceDetail["profile"]> {
    return (await this.#client.get<DeviceDetail>(`/api/history/devices/${encodeURIComponent(device)}?at=${at}`))
      .profile;
  }
}
