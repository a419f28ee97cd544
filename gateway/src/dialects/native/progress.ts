import { shortened } from "@fleetlog/domain";
import type { CommandProgressPayload } from "@fleetlog/protocol";

const LONGEST_STEP = 128;
const LONGEST_MESSAGE = 512;

export function progressOf({ percent, step, message }: CommandProgressPayload): CommandProgressPayload {
  return {
    ...(percent !== undefined && { percent }),
    ...(step !== undefined && { step: shortened(step, LONGEST_STEP) }),
    ...(message !== undefined && { message: shortened(message, LONGEST_MESSAGE) }),
  };
}
