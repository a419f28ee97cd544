export const NAME = "tpedm";
