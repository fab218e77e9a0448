// Cleaned copies of pictures: drawn anew, so that place, phone and time in the file's own data stay behind.

import type { Chosen } from "./attachments";

/** More than this on a side is made smaller: a phone's memory ends sooner than its camera. */
const SIDE = 4_096;
const QUALITY = 0.9;

type Canvas = HTMLCanvasElement;

function canvas(width: number, height: number): { canvas: Canvas; context: CanvasRenderingContext2D } | undefined {
  const made = document.createElement("canvas");
  made.width = width;
  made.height = height;
  const context = made.getContext("2d", { alpha: false });
  return context ? { canvas: made, context } : undefined;
}

/** Browsers that hide what a canvas holds give noise instead: a copy made there would be a lie. */
export function canvasIsTrue(): boolean {
  const made = canvas(4, 4);
  if (!made) return false;
  made.context.fillStyle = "#1a7be4";
  made.context.fillRect(0, 0, 4, 4);
  const { data } = made.context.getImageData(0, 0, 4, 4);
  return data.every((byte, i) => Math.abs(byte - [0x1a, 0x7b, 0xe4, 0xff][i % 4]!) <= 1);
}

/** The cleaned copy of a picture, under the name of the original; undefined for what is none, or cannot be drawn. */
export async function cleanPicture(file: Chosen): Promise<Chosen | undefined> {
  if (!(file instanceof Blob) || !/^image\/(jpeg|png|webp|gif|bmp|avif|heic|heif)$/.test(file.type)) return undefined;
  let bitmap: ImageBitmap | undefined;
  try {
    if (!canvasIsTrue()) return undefined;
    bitmap = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    const made = canvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
    if (!made) return undefined;
    made.context.fillStyle = "#fff";
    made.context.fillRect(0, 0, made.canvas.width, made.canvas.height);
    made.context.drawImage(bitmap, 0, 0, made.canvas.width, made.canvas.height);
    const type = file.type === "image/png" ? "image/png" : "image/jpeg";
    const blob = await new Promise<Blob | null>((done) => made.canvas.toBlob(done, type, QUALITY));
    return blob?.type === type ? new File([blob], file.name, { type, lastModified: 0 }) : undefined;
  } catch {
    // Not a picture after all, or one that this browser cannot read: the original goes alone, and the page says so.
    return undefined;
  } finally {
    bitmap?.close();
  }
}
