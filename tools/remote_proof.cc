// Verbs for whoever trusts nobody, over the wire: checkpoint, prove. The texts are the service's own; tools of others check them.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>

#include "tools/remote.h"
#include "tools/remote_verbs.h"

namespace daybook {
namespace {

Result<std::string> text_at(Remote& remote, const std::string& path) {
  DAYBOOK_TRY(auto answer, remote.want({.path = path, .confidential = false}));
  return std::move(answer.body);
}

// The size that a checkpoint's note names: its second line.
Result<uint64_t> size_in(const std::string& note) {
  const auto begin = note.find('\n');
  uint64_t size = 0;
  const char *first = note.data() + (begin == std::string::npos ? note.size() : begin + 1), *last = note.data() + note.size();
  const auto [end, error] = std::from_chars(first, last, size);
  if (error != std::errc() || end == last || *end != '\n') return Error{Fault::kBusy, "the answer is no checkpoint"};
  return size;
}

template <class Tell>
int asked(const Settings& settings, const Tell& tell) {
  const auto remote = Remote::reach(settings);
  if (!remote) return complain(remote.error());
  const Result<std::string> text = tell(*remote.value());
  if (!text) return complain(text.error());
  std::fwrite(text.value().data(), 1, text.value().size(), stdout);
  return kDone;
}

}  // namespace

int remote_checkpoint(const Settings& settings) {
  return asked(settings, [](Remote& remote) { return text_at(remote, "/v1/checkpoint"); });
}

int remote_prove_inclusion(const Settings& settings, uint64_t position) {
  return asked(settings, [&](Remote& remote) -> Result<std::string> {
    DAYBOOK_TRY(const auto note, text_at(remote, "/v1/checkpoint"));
    DAYBOOK_TRY(const auto size, size_in(note));
    if (position >= size) return not_there(fmt::format("position {} is under no signed checkpoint; the newest has {} events", position, size));
    return text_at(remote, fmt::format("/v1/proof/inclusion/{}/{}", size, position));
  });
}

int remote_prove_consistency(const Settings& settings, uint64_t old_size, uint64_t size) {
  return asked(settings, [&](Remote& remote) -> Result<std::string> {
    uint64_t newer = size;
    if (newer == 0) {
      DAYBOOK_TRY(const auto note, text_at(remote, "/v1/checkpoint"));
      DAYBOOK_TRY(newer, size_in(note));
    }
    return text_at(remote, fmt::format("/v1/proof/consistency/{}/{}", old_size, newer));
  });
}

}  // namespace daybook
