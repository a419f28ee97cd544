import type { Page } from "playwright-core";

export async function asWebp(page: Page, png: Buffer, width: number): Promise<Buffer> {
  await page.goto("about:blank");
  const url = await page.evaluate(
    async ([base64, wide]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      const canvas = document.createElement("canvas");
      canvas.width = wide;
      canvas.height = Math.round((image.height * wide) / image.width);
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("there is no canvas context");
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL("image/webp", 0.82);
    },
    [png.toString("base64"), width] as const,
  );
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}
