#include "tools/completion.h"

#include <fmt/format.h>

namespace daybook {
namespace {

std::string options_of(const CLI::App& app) {
  std::string words;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) words += " --" + name;
  }
  return words;
}

std::string verbs_of(const CLI::App& app) {
  std::string words;
  for (const auto* verb : app.get_subcommands({})) words += " " + verb->get_name();
  return words;
}

std::string bash(const CLI::App& app) {
  std::string cases;
  for (const auto* verb : app.get_subcommands({})) {
    cases += fmt::format("    {}) words=\"{}{}\" ;;\n", verb->get_name(), verbs_of(*verb), options_of(*verb));
  }
  return fmt::format(R"(_daybook() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} words="{} {}"
  case ${{COMP_WORDS[1]:-}} in
{}  esac
  COMPREPLY=()
  [[ $word == -* || $COMP_CWORD -le 2 ]] && COMPREPLY=($(compgen -W "$words" -- "$word"))
  ((${{#COMPREPLY[@]}})) || COMPREPLY=($(compgen -f -- "$word"))
}}
complete -F _daybook daybook
)",
                     verbs_of(app), options_of(app), cases);
}

std::string fish(const CLI::App& app) {
  std::string text;
  for (const auto* verb : app.get_subcommands({})) {
    text += fmt::format("complete -c daybook -n __fish_use_subcommand -a {} -d \"{}\"\n", verb->get_name(), verb->get_description());
    for (const auto* option : verb->get_options()) {
      for (const auto& name : option->get_lnames())
        text += fmt::format("complete -c daybook -n \"__fish_seen_subcommand_from {}\" -l {}\n", verb->get_name(), name);
    }
  }
  return text;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  if (shell == "fish") return fish(app);
  if (shell == "zsh") return "autoload -U +X bashcompinit && bashcompinit\n" + bash(app);
  return bash(app);
}

}  // namespace daybook
