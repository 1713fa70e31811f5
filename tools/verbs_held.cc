// The verb for what a person has a right to have: rights export.
#include <cstdio>

#include "projections/held.h"
#include "tools/html.h"
#include "tools/verbs.h"

namespace daybook {

int rights_export(const Settings& settings, const std::string& text) {
  Session session(settings);
  if (!names_reader(settings))
    return complain({Fault::kRejected, "rights export: wants --as ACTOR --role ROLE --purpose TEXT: it is a look at everything that is held"});
  auto view = session.view("rights export");
  if (!view) return complain(view.error());
  auto& asked = *view.value();
  const auto person = asked.desk->find(text, "export");
  if (!person) {
    if (const auto written = session.account_for("rights export", asked, {}, false); !written) return complain(written.error());
    return complain(not_there("rights export: nobody goes by that name of whom it may be told"));
  }
  const auto looks = asked.ledger.access_log();
  if (!looks) return complain(looks.error());
  const auto keys = asked.ledger.access_keys();
  const auto cards = export_of(asked, *person, asked.ledger.programme().end(), *looks.value().log, Vault(*looks.value().log, keys));
  if (!cards) return complain(cards.error());
  if (const auto accounted = session.account_for("rights export", asked); !accounted) return complain(accounted.error());
  if (session.format(Format::kText, Format::kText) != Format::kText) {
    print_cards(cards.value(), session.format(Format::kText, Format::kText), settings.for_spreadsheet, session.looks());
  } else {
    std::fputs(html_page("What is held of you", cards.value()).c_str(), stdout);
  }
  return kDone;
}

}  // namespace daybook
