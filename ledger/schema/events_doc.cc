// Writes EVENTS.md from the schema: `capnp compile -o- event.capnp | events_doc`. Comments, classes and owners are read
// from the compiled schema, so the page cannot say anything else.
#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace {

using capnp::schema::Node;

constexpr uint64_t kClassId = 0x829a91ad5c605f18, kOwnerId = 0xc48875e35fa66075, kStreamId = 0xefcfb18814724528,
                   kRequirementId = 0x886a7ef0d1dc7ae3;  // the annotations of event.capnp

struct Source {
  std::string comment;
  std::vector<std::string> members;
};

class Page {
 public:
  explicit Page(capnp::schema::CodeGeneratorRequest::Reader request) {
    for (const auto node : request.getNodes()) nodes_.emplace(node.getId(), node);
    for (const auto info : request.getSourceInfo()) {
      auto& source = sources_[info.getId()];
      source.comment = one_line(info.getDocComment());
      for (const auto member : info.getMembers()) source.members.push_back(one_line(member.getDocComment()));
    }
  }

  void write() {
    std::printf("# Events\n\n");
    std::printf(
        "Made from `schema/event.capnp` by `schema/events_doc.cc`; a test keeps it current. Every event is an *entry*: an envelope, and one\n");
    std::printf("body of the kinds below. A field of any class but `open` is not in the log: the log has a commitment, the vault the value\n");
    std::printf("(`FORMAT.md`).\n\n");
    classes();
    table("The envelope", find("Entry"), false);
    for (const auto field : body_fields()) kind(nodes_.at(field.getSlot().getType().getStruct().getTypeId()));
    for (const char* part : {"Criterion", "Commitment"}) table(part, find(part), false);
  }

 private:
  static std::string one_line(capnp::Text::Reader text) {
    std::string line(text.begin(), text.size());
    for (auto& c : line) {
      if (c == '\n') c = ' ';
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
  }

  Node::Reader find(const std::string& name) const {
    for (const auto& [id, node] : nodes_) {
      if (short_name(node) == name) return node;
    }
    std::fprintf(stderr, "events_doc: the schema has no %s\n", name.c_str());
    std::exit(1);
  }
  static std::string short_name(Node::Reader node) { return std::string(node.getDisplayName().cStr()).substr(node.getDisplayNamePrefixLength()); }

  std::vector<capnp::schema::Field::Reader> body_fields() const {
    std::vector<capnp::schema::Field::Reader> fields;
    for (const auto field : find("Entry").getStruct().getFields()) {
      if (!field.isGroup()) continue;
      for (const auto member : nodes_.at(field.getGroup().getTypeId()).getStruct().getFields()) fields.push_back(member);
    }
    return fields;
  }

  std::string enum_word(capnp::List<capnp::schema::Annotation>::Reader annotations, uint64_t id, const std::string& of) const {
    for (const auto annotation : annotations) {
      if (annotation.getId() == id) return find(of).getEnum().getEnumerants()[annotation.getValue().getEnum()].getName().cStr();
    }
    return "";
  }
  static std::string text(capnp::List<capnp::schema::Annotation>::Reader annotations, uint64_t id) {
    for (const auto annotation : annotations) {
      if (annotation.getId() == id) return annotation.getValue().getText().cStr();
    }
    return "";
  }

  std::string type_name(capnp::schema::Type::Reader type) const {
    if (type.isText()) return "text";
    if (type.isData()) return "bytes";
    if (type.isBool()) return "yes or no";
    if (type.isUint16()) return "uint16";
    if (type.isUint32()) return "uint32";
    if (type.isUint64()) return "uint64";
    if (type.isInt32()) return "int32";
    if (type.isInt64()) return "int64";
    if (type.isList()) return "list of " + type_name(type.getList().getElementType());
    if (type.isStruct()) return short_name(nodes_.at(type.getStruct().getTypeId()));
    if (type.isEnum()) return short_name(nodes_.at(type.getEnum().getTypeId()));
    return "?";
  }

  void classes() {
    const auto node = find("Class");
    const auto& source = sources_[node.getId()];
    std::printf("| class | what it covers |\n| --- | --- |\n");
    const auto enumerants = node.getEnum().getEnumerants();
    for (uint32_t i = 0; i < enumerants.size(); ++i) std::printf("| `%s` | %s |\n", enumerants[i].getName().cStr(), source.members.at(i).c_str());
    std::printf("\n");
  }

  void kind(Node::Reader node) {
    const auto annotations = node.getAnnotations();
    std::printf("## %s\n\n%s Stream `%s`; asked for by %s.\n\n", short_name(node).c_str(), sources_[node.getId()].comment.c_str(),
                text(annotations, kStreamId).c_str(), text(annotations, kRequirementId).c_str());
    rows(node, true);
  }

  void table(const std::string& heading, Node::Reader node, bool classified) {
    std::printf("## %s\n\n%s\n\n", heading.c_str(), sources_[node.getId()].comment.c_str());
    rows(node, classified);
  }

  void rows(Node::Reader node, bool classified) {
    const auto& source = sources_[node.getId()];
    std::printf(classified ? "| no. | field | type | class | whose | what it holds |\n| --- | --- | --- | --- | --- | --- |\n"
                           : "| no. | field | type | what it holds |\n| --- | --- | --- | --- |\n");
    const auto fields = node.getStruct().getFields();
    for (uint32_t i = 0; i < fields.size(); ++i) {
      const auto field = fields[i];
      if (field.isGroup()) continue;
      const auto comment = i < source.members.size() ? source.members[i] : "";
      std::printf("| %u | `%s` | %s |", i, field.getName().cStr(), type_name(field.getSlot().getType()).c_str());
      if (classified) {
        std::printf(" %s | %s |", enum_word(field.getAnnotations(), kClassId, "Class").c_str(),
                    enum_word(field.getAnnotations(), kOwnerId, "Owner").c_str());
      }
      std::printf(" %s |\n", comment.c_str());
    }
    std::printf("\n");
  }

  std::map<uint64_t, Node::Reader> nodes_;
  std::map<uint64_t, Source> sources_;
};

}  // namespace

int main() {
  capnp::ReaderOptions limits;
  limits.traversalLimitInWords = 64 << 20;
  capnp::StreamFdMessageReader message(STDIN_FILENO, limits);
  Page(message.getRoot<capnp::schema::CodeGeneratorRequest>()).write();
  return 0;
}
