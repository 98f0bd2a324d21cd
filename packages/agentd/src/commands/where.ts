/** Where a path of a chain lies on this workstation. */

/** Below `base`, or below the home folder where it begins with `~/`. Empty is `base` itself. */
export function whereIs(path: string, base: string, home: string): string {
  if (path === "~" || path.startsWith("~/")) return `${home}${path.slice(1)}`;
  return path === "" ? base : `${base}/${path}`;
}
