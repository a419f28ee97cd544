import type { Kind } from "../kind.ts";
import { gpioBoard } from "./gpio-board.ts";
import { modem } from "./modem.ts";
import { thermometer } from "./thermometer.ts";

/** Add a new kind here. */
export const kinds: readonly Kind[] = [thermometer, gpioBoard, modem];
