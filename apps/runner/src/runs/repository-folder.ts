/** The folder in which a repository is cloned: its own name, made safe. */
export function folderOf(url: string): string {
  const last =
    url
      .replace(/[/?#]+$/, "")
      .split(/[/:]/)
      .at(-1) ?? "";
  const name = last
    .replace(/\.git$/, "")
    .replaceAll(/[^A-Za-z0-9._-]/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, 100);
  return name === "" ? "repository" : name;
}
