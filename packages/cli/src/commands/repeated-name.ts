/** Finds a name that stands twice in one object of a JSON text, which JSON.parse passes over in silence (RFC 8259, section 4). */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;

/** The first such name, or null. Says nothing about whether the text is JSON at all. */
export function repeatedName(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  let last: string | null = null;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":" && last !== null) {
      const names = open.at(-1);
      if (names?.has(last)) return last;
      names?.add(last);
    }
    last = token.startsWith('"') ? unescaped(token) : null;
  }
  return null;
}

/** Two spellings of one name are one name. */
function unescaped(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}
