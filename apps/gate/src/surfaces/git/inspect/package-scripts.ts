/** Which scripts of a package.json a push changes: npm runs some of them on every machine that installs the package. */

/** Names of scripts that differ; "(cannot be read)" where a text is not JSON. */
export function changedScripts(oldText: string | null, newText: string | null): string[] {
  const before = scriptsOf(oldText);
  const after = scriptsOf(newText);
  if (before === null || after === null) return ["(cannot be read)"];
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}

function scriptsOf(text: string | null): Map<string, string> | null {
  if (text === null) return new Map();
  try {
    const parsed = JSON.parse(text) as unknown;
    const scripts =
      typeof parsed === "object" && parsed !== null ? (parsed as { scripts?: unknown }).scripts : undefined;
    if (typeof scripts !== "object" || scripts === null) return new Map();
    return new Map(Object.entries(scripts).map(([name, command]) => [name, JSON.stringify(command)]));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
