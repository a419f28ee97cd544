// @vitest-environment happy-dom
import { afterEach, expect, it } from "vitest";
import { all, mount, textOf, unmountAll } from "../../testing/dom.ts";
import { StreamsCard } from "./streams-card.ts";

afterEach(unmountAll);

it.each([
  ["on-disk", "nats-server 2.15.1 Events are on disk when acknowledged"],
  ["later", "nats-server 2.15.1 Events reach the disk after they are acknowledged Set sync_interval."],
  ["unknown", "nats-server 2.15.1 Not known whether events are on disk when acknowledged Set sync_interval."],
] as const)(
  "the card says whether acknowledged events are on disk, with advice unless they are: %s",
  async (acknowledged, text) => {
    const card = await mount(new StreamsCard(), {
      nats: { version: "2.15.1", acknowledged, advice: "Set sync_interval." },
    });
    expect(all(card, ".server").map(textOf)).toEqual([text]);
  },
);
