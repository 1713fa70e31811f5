// The verb serve: becomes the service.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tools/remote_verbs.h"

namespace daybook {

int serve(const Settings& settings, const std::string& config, bool check) {
  std::vector<std::string> words = {"daybookd"};
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {option, value});
  };
  add("--ledger", settings.ledger);  // the environment counts for less than the configuration: daybookd reads both
  add("--config", config);
  if (check) words.emplace_back("--check-config");
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::error_code unknown;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path() / "daybookd";
  if (!unknown && ::access(beside.c_str(), X_OK) == 0) ::execv(beside.c_str(), arguments.data());
  ::execvp("daybookd", arguments.data());
  return complain({Fault::kStorage, std::string("daybookd cannot be started: ") + std::strerror(errno)});
}

}  // namespace daybook
