#include "tools/bench_limits.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <rocksdb/db.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "ledger/digest.h"
#include "ledger/require.h"
#include "tools/bench_ledger.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

// The newest PostgreSQL of Debian's layout; empty if there is none.
std::string find_programs() {
  std::string found;
  int newest = 0;
  std::error_code failed;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", failed)) {
    const int number = std::atoi(version.path().filename().c_str());
    if (number > newest && fs::exists(version.path() / "bin/pgbench")) newest = number, found = (version.path() / "bin").string();
  }
  return found;
}

// PostgreSQL does not run as root: then it is nobody's.
const passwd* unprivileged() { return ::geteuid() == 0 ? ::getpwnam("nobody") : nullptr; }

// Starts a program with its output in a file. -1 if it cannot be.
int launch(const std::vector<std::string>& words, const std::string& output) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const passwd* user = unprivileged();
  const int child = ::fork();
  if (child != 0) return child;
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  ::dup2(out, 1);
  ::dup2(out, 2);
  const bool lowered = !user || (::setgroups(0, nullptr) == 0 && ::setgid(user->pw_gid) == 0 && ::setuid(user->pw_uid) == 0);
  if (lowered) ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

bool ended_well(int child) {
  int status = -1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

// For the programs to read, who may be somebody else.
void write_script(const std::string& file, const std::string& text) {
  std::ofstream(file) << text;
  fs::permissions(file, fs::perms(0644));
}

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

double raw_rate(const std::string& folder, const std::vector<std::string>& entries, unsigned callers, uint64_t count) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  require(rocksdb::DB::Open(options, folder, &raw).ok(), "the bench can open a database where it was told to");
  const std::unique_ptr<rocksdb::DB> db(raw);
  std::atomic<uint64_t> taken{0};
  const double took = seconds([&] {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        rocksdb::WriteOptions synced;
        synced.sync = true;
        for (uint64_t n = taken++; n < count; n = taken++) {
          require(db->Put(synced, fmt::format("{:012}", n), entries[n % entries.size()]).ok(), "a put is written");
        }
      });
    }
  });
  return static_cast<double>(count) / took;
}

Result<std::unique_ptr<Postgres>> Postgres::start(const std::string& programs, const std::string& folder) {
  const auto bin = programs.empty() ? find_programs() : programs;
  if (bin.empty()) return Error{Fault::kNotFound, "no PostgreSQL with pgbench under /usr/lib/postgresql: nothing to hold beside it"};
  fs::create_directories(folder);
  if (const passwd* user = unprivileged(); user && ::chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) {
    return Error{Fault::kStorage, folder + ": cannot be given to nobody"};
  }
  auto made = std::unique_ptr<Postgres>(new Postgres(bin, folder));
  const auto data = folder + "/data", log = folder + "/log";
  if (!ended_well(launch({bin + "/initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-locale"}, log))) {
    return Error{Fault::kStorage, "initdb: " + text_of(log)};
  }
  made->server_ = launch({bin + "/postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "max_connections=80"}, log);
  const std::string table = folder + "/table.sql";
  write_script(table, "create table entries (position bigserial primary key, entry bytea not null);\n");
  for (int tries = 0; tries < 100; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    if (ended_well(launch({bin + "/psql", "-h", folder, "-U", "bench", "-d", "postgres", "-q", "-f", table}, folder + "/psql"))) return made;
  }
  return Error{Fault::kStorage, "PostgreSQL does not answer: " + text_of(folder + "/psql") + text_of(log)};
}

Postgres::~Postgres() {
  if (server_ <= 0) return;
  ::kill(server_, SIGINT);  // its fast shutdown
  ended_well(server_);
}

Result<double> Postgres::insert_rate(const std::string& entry, unsigned clients, uint64_t count) {
  const auto script = folder_ + "/insert.sql", out = folder_ + "/pgbench";
  write_script(script, "insert into entries (entry) values ('\\x" + to_hex(as_bytes(entry)) + "');\n");
  const auto each = std::to_string(std::max<uint64_t>(count / clients, 1));
  const bool good = ended_well(launch({programs_ + "/pgbench", "-h", folder_, "-U", "bench", "-n", "-M", "prepared", "-c", std::to_string(clients),
                                       "-j", std::to_string(std::min(clients, 2u)), "-t", each, "-f", script, "postgres"},
                                      out));
  const auto said = text_of(out);
  const auto at = said.find("tps = ");
  if (!good || at == std::string::npos) return Error{Fault::kStorage, "pgbench: " + said};
  return std::strtod(said.c_str() + at + 6, nullptr);
}

}  // namespace daybook
