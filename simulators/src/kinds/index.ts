import type { Kind } from "../kind.ts";
import { gpioBoard } from "./gpio-board.ts";
import { modem } from "./modem.ts";
import { thermometer } from "./thermometer.ts";

/** All kinds of devices. To add one, write a file in this folder and add an entry here. */
export const kinds: readonly Kind[] = [thermometer, gpioBoard, modem];
