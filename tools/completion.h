// Completion for shells, made from the command line's own description.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace daybook {

// The script for `shell` (bash, zsh or fish), to be sourced.
std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace daybook
