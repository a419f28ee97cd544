import type { CommandResource } from "../../data/commands.ts";

type Progress = Pick<NonNullable<CommandResource["progress"]>, "percent" | "step" | "message">;

/** `40 % · download · 4 of 10 MiB`. Rounds down: 99.9 % is not done. */
export function progressText({ percent, step, message }: Progress): string {
  return [percent === undefined ? undefined : `${Math.floor(percent)} %`, step, message].filter(Boolean).join(" · ");
}
