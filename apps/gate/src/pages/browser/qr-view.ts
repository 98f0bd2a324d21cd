/** Draws a QR code from its rows: one path, no markup, black on white in every theme, with the quiet zone that readers need. */
const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;

export function qrView(rows: readonly string[], label: string): SVGElement {
  const size = rows.length + 2 * QUIET;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "qr");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("shape-rendering", "crispEdges");
  const dark = document.createElementNS(SVG, "path");
  dark.setAttribute("fill", "#000");
  const cells: string[] = [];
  for (const [y, row] of rows.entries())
    for (let x = 0; x < row.length; x += 1)
      if (row.charAt(x) === "1") cells.push(`M${x + QUIET} ${y + QUIET}h1v1h-1z`);
  dark.setAttribute("d", cells.join(""));
  svg.appendChild(dark);
  return svg;
}
