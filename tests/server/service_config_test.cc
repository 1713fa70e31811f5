#include "server/service_config.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <fstream>
#include <sstream>

using namespace daybook;

namespace {

std::string fault_of(std::string_view text) {
  const auto config = parse_service_config(text, "d.toml");
  return config ? "" : config.error().message;
}

}  // namespace

TEST_CASE("an empty file is the defaults, and they go together", "[server][config]") {
  const auto config = parse_service_config("", "d.toml");

  REQUIRE(config.has_value());
  CHECK(config.value().listen == "127.0.0.1:8443");
  CHECK(check_service_config(ServiceConfig{}).has_value());
}

TEST_CASE("each key that is said is taken", "[server][config]") {
  const auto config =
      parse_service_config("[limits]\nbody_bytes = 5\n[public]\nnames = [\"a.example\", \"[::1]\"]\nlisten = \"[::1]:0\"\n", "d.toml");

  REQUIRE(config.has_value());
  CHECK(config.value().body_bytes == 5);
  CHECK(config.value().names == std::vector<std::string>{"a.example", "[::1]"});
  CHECK(parse_endpoint(config.value().listen)->address == "::1");
}

TEST_CASE("what is wrong is named with its line, what was found and what was wanted", "[server][config]") {
  const auto [text, fault] = GENERATE(table<std::string, std::string>({
      {"\n[limits]\nbody_byte = 5\n", "d.toml:3: limits.body_byte: found a key of that name, want one that CONFIG.md lists"},
      {"limit = 5\n", "d.toml:1: limit: found a key of that name"},
      {"[limits.fields]\na = 5\n", "d.toml:1: limits.fields: found"},
      {"[limits]\nfields = 7\n", "d.toml:2: limits.fields: found 7, want a whole number from 8 to 1000"},
      {"[limits]\nfields = 1001\n", "want a whole number from 8 to 1000"},
      {"[limits]\nfields = 64.0\n", "want a whole number from 8 to 1000"},
      {"[limits]\nfields = \"64\"\n", "want a whole number from 8 to 1000"},
      {"[public]\nlisten = 8443\n", "d.toml:2: public.listen: found 8443, want text"},
      {"[public]\nnames = []\n", "want a list of 1 to 64 texts"},
      {"[public]\nnames = [1]\n", "want a list of 1 to 64 texts"},
      {"[public]\nnames = [\"A.example\"]\n", "public.names: want hosts in lower case"},
      {"[public]\nlisten = \"localhost:1\"\n", "public.listen: want ADDRESS:PORT"},
      {"[public]\nlisten = \"127.0.0.1:65536\"\n", "public.listen: want ADDRESS:PORT"},
      {"[public]\nlisten = \"::1:80\"\n", "public.listen: want ADDRESS:PORT"},
      {"[public]\nlisten = \"0.0.0.0:80\"\n", "no certificate, want a loopback address"},
      {"[public]\ncertificate = \"a\"\n", "want both, or neither"},
      {"[operations]\nlisten = \"0.0.0.0:80\"\n", "operations.listen: want a loopback address"},
      {"[log]\nlevel = \"loud\"\n", "log.level: want debug"},
      {"[public]\norigin = \"https://daybook.example.org/\"\n", "public.origin: want https://HOST"},
      {"[public]\norigin = \"http://daybook.example.org\"\n", "public.origin: want https://HOST"},
      {"[tokens]\nissuer = \"https://login.example.org\"\n", "tokens.issuer and tokens.audience: want both"},
      {"[tokens]\nissuer = \"login\"\naudience = \"a\"\n", "tokens.issuer: want an https address"},
      {"[tokens]\nalgorithms = [\"HS256\"]\n", "tokens.algorithms: want RS256"},
      {"[tokens]\nperson_is = \"name\"\n", "tokens.person_is: want staff-number"},
      {"[sign_in]\nissuer = \"https://login.example.org\"\n", "sign_in.issuer and sign_in.client_id: want both"},
      {"[sign_in]\nissuer = \"https://login.example.org\"\nclient_id = \"c\"\n", "sign_in.issuer: want public.origin beside it"},
      {"[sign_in]\nissuer = \"login\"\nclient_id = \"c\"\n", "sign_in.issuer: want an https address"},
      {"[sign_in]\nscope = \"email\"\n", "sign_in.scope: want openid"},
      {"[sign_in]\nalgorithms = [\"none\"]\n", "sign_in.algorithms: want RS256"},
      {"[sign_in]\nperson_is = \"name\"\n", "sign_in.person_is: want staff-number"},
      {"[sign_in]\ndevice_client = \"cli\"\n", "sign_in.device_client: want tokens.issuer"},
      {"[sign_in]\nclient_secret = \"s\"\n", "d.toml:2: sign_in.client_secret: found a key of that name"},
      {"[public]\nlisten = \"0.0.0.0:80\"\ncertificate = \"a\"\ncertificate_key = \"b\"\n[demo]\npeople = [\"U1\"]\n", "demo.people: want"},
      {"[public]\nproxies = [\"192.0.2.1\"]\n[demo]\npeople = [\"U1\"]\n", "demo.people: want"},
      {"[public]\nproxies = [\"proxy\"]\n", "public.proxies: found \"proxy\", want an address"},
      {"[public]\nproxies = [\"2001:DB8:0::1\"]\n", "public.proxies: found \"2001:DB8:0::1\", want \"2001:db8::1\""},
      {"[public]\nlisten = \"[127.0.0.1]:80\"\n", "public.listen: want ADDRESS:PORT"},
      {"[limits]\nfields = 7\nlines = 1\n", "d.toml:3: limits.lines"},
      {"[limits\n", "d.toml:1: no TOML"},
      {"a = 1\na = 2\n", "d.toml:2: no TOML"},
  }));
  CAPTURE(text);

  CHECK(fault_of(text).find(fault) != std::string::npos);
}

TEST_CASE("the page of the configuration is the table of keys", "[server][config][house]") {
  std::ifstream file(std::string(DAYBOOK_SOURCE_DIR) + "/server/CONFIG.md");
  std::stringstream text;
  text << file.rdbuf();

  CHECK(text.str() == config_page());
}
