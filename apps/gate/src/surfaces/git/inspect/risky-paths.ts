/** Files that do more than be read: a change to one of them runs, grants or hides something (G2, G20). */

export interface PathRisk {
  level: "danger" | "warning" | "note";
  code: string;
  text: string;
}

const RISKY: readonly [pattern: RegExp, risk: PathRisk][] = [
  [
    /^\.github\/(workflows|actions)\//,
    { level: "danger", code: "workflow", text: "Runs upstream with the repository's secrets." },
  ],
  [
    /^(\.gitlab-ci\.ya?ml|\.gitlab\/ci\/.*|\.circleci\/.*|\.travis\.ya?ml|azure-pipelines\.ya?ml|Jenkinsfile|\.drone\.ya?ml|bitbucket-pipelines\.ya?ml|\.woodpecker(\.ya?ml|\/.*)|\.buildkite\/.*)$/,
    { level: "danger", code: "workflow", text: "Runs upstream with the repository's secrets." },
  ],
  [/(^|\/)CODEOWNERS$/, { level: "danger", code: "code-owners", text: "Says who must review what." }],
  [
    /(^|\/)(\.husky|\.githooks|git-hooks|hooks)\/|(^|\/)(lefthook|\.pre-commit-config)\.ya?ml$/,
    {
      level: "warning",
      code: "hook",
      text: "Runs on the machines of everybody who works with this repository.",
    },
  ],
  [
    /(^|\/)\.gitattributes$/,
    {
      level: "warning",
      code: "attributes",
      text: "Changes how git and the upstream show and convert files. Here everything is shown in full all the same.",
    },
  ],
  [
    /(^|\/)\.gitmodules$/,
    { level: "warning", code: "submodule", text: "Says where submodules are fetched from." },
  ],
  [
    /(^|\/)(\.vscode|\.idea|\.devcontainer)\//,
    { level: "warning", code: "editor", text: "May run when somebody opens the folder in an editor." },
  ],
  [
    /(^|\/)(\.envrc|\.npmrc|\.yarnrc(\.yml)?|\.pypirc|pip\.conf|\.cargo\/config(\.toml)?|\.mcp\.json|\.claude\/.*|\.cursor\/.*)$/,
    {
      level: "warning",
      code: "tool-settings",
      text: "Changes what tools run or where they get packages from.",
    },
  ],
  [
    /(^|\/)(Dockerfile[^/]*|Containerfile|docker-compose[^/]*\.ya?ml|compose\.ya?ml)$/,
    { level: "warning", code: "build", text: "Says how an image is built or run." },
  ],
  [
    /(^|\/)(GNUmakefile|[Mm]akefile|[^/]+\.mk|justfile|Rakefile|Taskfile\.ya?ml|build\.gradle(\.kts)?|pom\.xml|setup\.py|build\.rs|CMakeLists\.txt|conftest\.py)$/,
    { level: "warning", code: "build", text: "Runs when the project is built or tested." },
  ],
  [
    /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|Cargo\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|go\.sum|Gemfile\.lock|composer\.lock)$/,
    { level: "note", code: "lockfile", text: "Says which packages are installed, and from where." },
  ],
];

/** What is to be said of a change to this path; null if nothing. */
export function riskOfPath(path: string): PathRisk | null {
  return RISKY.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}
