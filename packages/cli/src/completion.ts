/** `nightgate completion bash|zsh|fish`: what the Tab key offers, made from the commands that there are. */
import { Problem } from "@nightgate/shared/problems";
import type { Command } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;

interface Offer {
  /** The words before, such as `jobs create`; empty at the beginning. */
  after: string;
  words: { word: string; help: string }[];
}

/** The script of a shell, to be sourced. */
export function completionScript(program: Command, shell: string): string {
  const offers = offersOf(program, "");
  switch (shell) {
    case "bash":
      return bash(offers);
    case "zsh":
      return zsh(offers);
    case "fish":
      return fish(offers);
    default:
      throw new Problem("input.invalid", { why: `there is completion for ${SHELLS.join(", ")}` });
  }
}

function offersOf(command: Command, after: string): Offer[] {
  const commands = command.commands.map((each) => ({
    word: each.name(),
    help: firstSentence(each.description()),
  }));
  const options = command.options
    .filter((option) => !option.hidden)
    .map((option) => ({ word: option.long ?? option.short ?? "", help: firstSentence(option.description) }));
  const below = command.commands.flatMap((each) => offersOf(each, `${after} ${each.name()}`.trim()));
  return [{ after, words: [...commands, ...options] }, ...below];
}

function firstSentence(text: string): string {
  return text.split(/[.:;(\n]/)[0]?.trim() ?? "";
}

/** In single quotes nothing is special but the quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "")}'`;
}

function bash(offers: readonly Offer[]): string {
  const cases = offers.map(
    ({ after, words }) => `    ${quoted(after)}) words=${quoted(words.map(({ word }) => word).join(" "))} ;;`,
  );
  return `# nightgate completion bash: put into ~/.bashrc
#   source <(nightgate completion bash)
_nightgate() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" words="" path="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in -*) break ;; *) path="\${path:+$path }\${COMP_WORDS[i]}" ;; esac
  done
  while :; do
    case "$path" in
${cases.map((each) => `  ${each}`).join("\n")}
      *) words="" ;;
    esac
    [[ -n "$words" || "$path" != *" "* ]] && break
    path="\${path% *}"
  done
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o default -F _nightgate nightgate
`;
}

function zsh(offers: readonly Offer[]): string {
  const cases = offers.map(
    ({ after, words }) =>
      `    ${quoted(after)}) offers=(${words.map(({ word, help }) => quoted(`${word}:${help.replaceAll(":", " ")}`)).join(" ")}) ;;`,
  );
  return `#compdef nightgate
# nightgate completion zsh: put into ~/.zshrc
#   source <(nightgate completion zsh)
_nightgate() {
  local -a offers
  local path="" i
  for ((i = 2; i < CURRENT; i++)); do
    [[ "\${words[i]}" == -* ]] && break
    path="\${path:+$path }\${words[i]}"
  done
  case "$path" in
${cases.join("\n")}
    *) _files; return ;;
  esac
  _describe 'nightgate' offers
}
compdef _nightgate nightgate
`;
}

function fish(offers: readonly Offer[]): string {
  const lines = offers.flatMap(({ after, words }) =>
    words.map(({ word, help }) => {
      const when = after === "" ? "__fish_use_subcommand" : `__nightgate_after ${after}`;
      const what = word.startsWith("--")
        ? `-l ${word.slice(2)}`
        : word.startsWith("-")
          ? `-s ${word.slice(1)}`
          : `-f -a ${quoted(word)}`;
      return `complete -c nightgate -n ${quoted(when)} ${what} -d ${quoted(help)}`;
    }),
  );
  return `# nightgate completion fish: put into ~/.config/fish/completions/nightgate.fish
function __nightgate_after
  set -l typed (commandline -opc | string match -v -- '-*')
  test "$typed[2..]" = "$argv"
end
${lines.join("\n")}
`;
}
