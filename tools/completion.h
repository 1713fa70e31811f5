// Completion for shells, made from the command line's own description.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace daybook {

// The script for `shell` (bash, zsh or fish), to be sourced.
// `values`: the words that may follow a verb, blank-separated.
std::string completion_script(const CLI::App& app, const std::string& shell, const std::map<std::string, std::string>& values);

}  // namespace daybook
