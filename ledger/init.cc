#include "ledger/init.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <filesystem>

#include "ledger/charter.h"
#include "ledger/durable_file.h"
#include "ledger/ledger_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

bool there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool lies_below(const std::string& path, const std::string& folder) {
  const auto inner = fs::absolute(path).lexically_normal(), outer = (fs::absolute(folder) / "").lexically_normal();
  return inner.string().starts_with(outer.string());
}

std::string whole_path(const std::string& path) { return fs::absolute(path).lexically_normal().string(); }

std::string unfinished(const InitPlaces& places) { return places.folder + ".unfinished"; }

// What an init that was cut short has left. It was never said to be a ledger, so nothing is lost with it.
Error cut_short(const InitPlaces& places) {
  std::string keys;
  for (const auto& key : {places.root_key_file, places.log_key_file, places.key_ring_file}) {
    if (there(key)) keys += " and " + key;
  }
  return {Fault::kRejected,
          fmt::format("{}: found what is left of an init that did not end, want it removed first: {}{}", places.folder, unfinished(places), keys)};
}

Result<void> check_places(const InitPlaces& places) {
  std::error_code failed;
  if (there(config_file(places.folder))) return Error{Fault::kRejected, places.folder + ": found a ledger, want an empty folder"};
  if (there(places.folder) && !fs::is_empty(places.folder, failed))
    return Error{Fault::kRejected, places.folder + ": found files, want an empty folder"};
  if (there(unfinished(places))) return cut_short(places);
  for (const auto& key : {places.root_key_file, places.log_key_file, places.key_ring_file}) {
    if (there(key)) return Error{Fault::kRejected, key + ": found a file, want a place for the new key"};
    if (lies_below(key, places.folder))
      return Error{Fault::kRejected, key + ": found a place inside the ledger, want one outside: a copy of the one must not carry the other"};
  }
  if (places.origin.find("://") != std::string::npos)
    return Error{Fault::kRejected, "origin: found " + places.origin + ", want a URL without its scheme, such as ledger.example/season"};
  return success();
}

// A ledger that grows beside its place. What is left when this goes, because something failed, goes with it.
class Unfinished {
 public:
  Unfinished(const InitPlaces& places, LedgerConfig config, const Hash& root_key, const std::string& log_key, Randomness& randomness)
      : places_(places),
        folder_(unfinished(places)),
        config_(std::move(config)),
        root_key_(root_key),
        log_key_(log_key),
        ring_(KeyRing::make(randomness)),
        randomness_(randomness) {}
  ~Unfinished() {
    std::error_code ignored;
    if (!finished_) fs::remove_all(folder_, ignored);
    if (!finished_ && wrote_root_key_) fs::remove(places_.root_key_file, ignored);
    if (!finished_ && wrote_key_ring_) fs::remove(places_.key_ring_file, ignored);
  }

  // The folder with its keys inside, for the time being.
  Result<void> begin() {
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (!failed) fs::permissions(folder_, fs::perms::owner_all, failed);
    if (failed) return Error{Fault::kStorage, folder_ + ": " + failed.message()};
    DAYBOOK_TRY(DiskSpace(ballast_file(folder_, "programme"), {}).room_for(0));
    DAYBOOK_TRY(write_new_file(inner("root-key"), to_hex(root_key_) + "\n", 0600));
    DAYBOOK_TRY(ring_.write(inner("key-ring"), root_key_, config_.id, randomness_));
    DAYBOOK_TRY(write_new_file(inner("log-key"), log_key_, 0600));
    auto config = config_;
    config.root_key = whole_path(inner("root-key"));
    config.log_key = whole_path(inner("log-key"));
    config.key_ring = whole_path(inner("key-ring"));
    return write_new_file(config_file(folder_), toml_text(config), 0600);
  }

  // The keys and the folder where they belong.
  Result<void> finish() {
    DAYBOOK_TRY(write_new_file(places_.root_key_file, to_hex(root_key_) + "\n", 0600));
    wrote_root_key_ = true;
    DAYBOOK_TRY(ring_.write(places_.key_ring_file, root_key_, config_.id, randomness_));
    wrote_key_ring_ = true;
    DAYBOOK_TRY(write_new_file(places_.log_key_file, log_key_, 0600));
    finished_ = true;  // from here on nothing is taken back: a crash leaves what check_places names
    DAYBOOK_TRY(replace_file(config_file(folder_), toml_text(config_), 0600));
    std::error_code ignored;
    for (const auto* name : {"root-key", "log-key", "key-ring"}) fs::remove(inner(name), ignored);
    return move_folder(folder_, places_.folder);
  }

  const std::string& folder() const { return folder_; }

 private:
  std::string inner(const char* name) const { return (fs::path(folder_) / name).string(); }

  const InitPlaces& places_;
  const std::string folder_;
  const LedgerConfig config_;
  const Hash root_key_;
  const std::string log_key_;
  const KeyRing ring_;
  Randomness& randomness_;
  bool finished_ = false, wrote_root_key_ = false, wrote_key_ring_ = false;
};

Result<void> record(Ledger& ledger, const std::string& operator_name, CommandBody body, std::string_view what) {
  Command command;
  command.body = std::move(body);
  command.actor = command.recorded_by = operator_name;
  const auto answer = ledger.sequencer().execute(std::move(command));
  if (answer.outcome == Outcome::kFailed) return answer.error;
  if (answer.outcome != Outcome::kRecorded) return Error{Fault::kRejected, fmt::format("{}: {}", what, answer.refusal.saw)};
  return success();
}

// Both books, the roles that it takes to begin, and the charters that ship.
Result<void> fill(const std::string& folder, const std::string& operator_name, const Clock& clock, Randomness& randomness) {
  OpenOptions options;
  options.mode = OpenMode::kReadWrite;
  options.holder = "daybook init";
  options.create = true;
  DAYBOOK_TRY(const auto ledger, Ledger::open(folder, options, clock, randomness));
  DAYBOOK_TRY(ledger->access_book(options.holder, clock, randomness));  // made, and closed
  DAYBOOK_TRY(record(*ledger, operator_name, BeginRoles{}, "the first roles"));
  for (const auto& charter : shipped_charters()) {
    DAYBOOK_TRY(record(*ledger, operator_name, AdoptCharter{std::string(charter.text)}, charter.name));
  }
  return ledger->close();
}

}  // namespace

Result<LedgerConfig> init_ledger(const InitPlaces& places, const std::string& operator_name, const Clock& clock, Randomness& randomness) {
  DAYBOOK_TRY(check_places(places));
  const auto id = random_id(randomness);
  const auto origin = places.origin.empty() ? "daybook.localhost/" + id : places.origin;
  DAYBOOK_TRY(const auto programme, SignerKey::make(origin, randomness));
  DAYBOOK_TRY(const auto access, SignerKey::make(origin + "/access", randomness));
  Hash root_key;
  randomness.fill(root_key);
  const LedgerConfig config{id,
                            whole_path(places.root_key_file),
                            root_key_check(root_key),
                            whole_path(places.key_ring_file),
                            whole_path(places.log_key_file),
                            programme.verifier(),
                            access.verifier(),
                            {}};
  Unfinished ledger(places, config, root_key, programme.text() + "\n" + access.text() + "\n", randomness);
  DAYBOOK_TRY(ledger.begin());
  DAYBOOK_TRY(fill(ledger.folder(), operator_name, clock, randomness));
  DAYBOOK_TRY(ledger.finish());
  return config;
}

}  // namespace daybook
