import type { CommandResult, Profile } from "@fleetlog/protocol";
import type { ReplayedReport } from "./report.ts";

/** Name and tags, as in the registry. */
export interface Registered {
  readonly device: string;
  readonly name?: string | undefined;
  readonly tags: readonly string[];
}

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/** How the device answered a command. */
export type Answer = WithoutId<CommandResult>;

/** What a device, or the operator of the target, does next. Ids are those of the source. */
export type Action = { readonly device: string } & (
  | ({ readonly do: "register" } & Registered)
  | { readonly do: "rename"; readonly name: string | null }
  | { readonly do: "tag"; readonly tags: readonly string[] }
  | { readonly do: "connect"; readonly protocol: "websocket" | "mqtt"; readonly mqttVersion: 4 | 5 }
  /** `cut`: without a close, as a connection that breaks. */
  | { readonly do: "disconnect"; readonly cut: boolean }
  | { readonly do: "report"; readonly report: ReplayedReport }
  | { readonly do: "profile"; readonly profile: Profile }
  /** From now on, the device answers commands with this name and these parameters in this way. */
  | { readonly do: "answer"; readonly name: string; readonly params: unknown; readonly answer: Answer }
);
