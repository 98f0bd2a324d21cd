/** The forms in which a person or a tool may write a repository's address; git inside rewrites each of them to the gate. */

/** Every other form of `url`: with and without .git, git@host:path, ssh:// with and without its port. `url` is a resource's https or http URL. */
export function gitAliases(url: string): string[] {
  const parsed = new URL(url);
  const path = decodeURI(parsed.pathname).replace(/^\/+|\/+$/g, "");
  const bare = path.replace(/\.git$/, "");
  const origin = `${parsed.protocol}//${parsed.host}`;
  const host = parsed.hostname;
  const forms = [`${bare}.git`, bare].flatMap((each) => [
    `${origin}/${each}`,
    `git@${host}:${each}`,
    `ssh://git@${host}/${each}`,
    `ssh://git@${host}:22/${each}`,
  ]);
  return [...new Set(forms)].filter((form) => form !== url);
}
