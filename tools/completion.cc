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

using Values = std::map<std::string, std::string>;

// What may follow a verb: its own verbs or values, and the options of it and of its verbs.
std::string words_after(const CLI::App& verb, const Values& values) {
  std::string words = verbs_of(verb) + options_of(verb);
  for (const auto* below : verb.get_subcommands({})) words += options_of(*below);
  const auto it = values.find(verb.get_name());
  return it == values.end() ? words : " " + it->second + words;
}

std::string bash(const CLI::App& app, const Values& values) {
  std::string cases;
  for (const auto* verb : app.get_subcommands({})) cases += fmt::format("    {}) words=\"{}\" ;;\n", verb->get_name(), words_after(*verb, values));
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

std::string fish(const CLI::App& app, const Values& values) {
  std::string text;
  for (const auto* verb : app.get_subcommands({})) {
    text += fmt::format("complete -c daybook -n __fish_use_subcommand -a {} -d \"{}\"\n", verb->get_name(), verb->get_description());
    text += fmt::format("complete -c daybook -n \"__fish_seen_subcommand_from {}\" -a \"{}\"\n", verb->get_name(), words_after(*verb, values));
    for (const auto* option : verb->get_options()) {
      for (const auto& name : option->get_lnames())
        text += fmt::format("complete -c daybook -n \"__fish_seen_subcommand_from {}\" -l {}\n", verb->get_name(), name);
    }
  }
  return text;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell, const Values& values) {
  if (shell == "fish") return fish(app, values);
  if (shell == "zsh") return "autoload -U +X bashcompinit && bashcompinit\n" + bash(app, values);
  return bash(app, values);
}

}  // namespace daybook
