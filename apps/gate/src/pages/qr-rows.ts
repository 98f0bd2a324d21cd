/** A QR code as rows of dark and light, which the page draws itself: no markup comes from a library. */
import { create } from "qrcode";

/** Each row as a string of "1" (dark) and "0". Error correction M, as phones read from a screen. */
export function qrRows(text: string): string[] {
  const { modules } = create(text, { errorCorrectionLevel: "M" });
  return Array.from({ length: modules.size }, (_, row) =>
    Array.from({ length: modules.size }, (_, column) => (modules.get(row, column) === 1 ? "1" : "0")).join(
      "",
    ),
  );
}
