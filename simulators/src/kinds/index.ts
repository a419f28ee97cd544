import type { Kind } from "../kind.ts";
import { gpioBoard } from "./gpio-board.ts";
import { modem } from "./modem.ts";
import { thermometer } from "./thermometer.ts";

/** A new kind is a file beside these and a line here. */
export const kinds: readonly Kind[] = [thermometer, gpioBoard, modem];
