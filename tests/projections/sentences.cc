#include "tests/projections/sentences.h"

namespace daybook::test {
namespace {

constexpr auto kClient = Role::kClient, kCoach = Role::kCoach, kAdmin = Role::kAdministrator, kLead = Role::kSupervisionLead,
               kSponsor = Role::kSponsor, kManager = Role::kLineManager, kAuditor = Role::kAuditor, kOfficer = Role::kComplianceOfficer,
               kProtection = Role::kDataProtectionOfficer, kPublic = Role::kPublic;

}  // namespace

const std::vector<Never>& disclosure_sentences() {
  static const std::vector<Never> all = {
      // S0-06, C1: the form is the administrators'; a coach has what it takes to meet
      {"a coach never sees motivation", "K1", kCoach, {"MotivationU1", "MotivationU2", "MotivationU3"}},
      {"a coach never sees which form it was, nor the commitment", "K1", kCoach, {"FormVersionU1", "commitment=yes"}},
      {"a coach never sees what a criterion saw", "K1", kCoach, {"saw=fixed-term"}},
      {"a coach does not learn how the application fared", "K1", kCoach, {"A-U1 is eligible", "outcome=eligible", "A-U1 has seat"}},
      {"a coach never sees grade and entity of a client", "K1", kCoach, {"GradeCanaryU1", "EntityCanaryU1"}},
      {"a coach never sees what a client took part in before", "K1", kCoach, {"EarlierProgrammeU1", "EditionU1"}},
      {"a coach does not learn that a client took part before", "K1", kCoach, {"earlier participation of U1"}},
      {"a coach sees nothing of another coach's client", "K1", kCoach, {"mail-canary-U2", "Name of U2", "A-U2", "P-U2", "@U2"}},
      {"a coach sees nothing of somebody without a coach", "K1", kCoach, {"mail-canary-U3", "Name of U3", "A-U3", "@U3"}},
      {"a coach does not see another coach's address", "K1", kCoach, {"mail-canary-K2", "GradeCanaryK2", "CertificateK2"}},
      {"a coach does not learn that a client's data were on hold", "K2", kCoach, {"may not be used", "may be used again", "HoldReason"}},
      {"a coach takes no copy of a client's record", "K1", kCoach, {"export U1"}},
      {"a coach has no figures", "K1", kCoach, {"stats "}},
      {"a coach whom nobody accepted sees no client", "K3", kCoach, {"@U1", "@U2", "Name of U1", "A-U1", "P-U1", "MotivationU1"}},
      // X-1, C1: feedback is the project team's
      {"a coach does not read what a client said of them", "K1", kCoach, {"CommentU1", "rating=4"}},
      {"a coach does not learn that a client said anything",
       "K1",
       kCoach,
       {"feedback on session 1 | stream=pairing/P-U1 actor=@U1", "feedback from 2", "feedback=2", "give-feedback P-U1 refused"}},
      {"a client does not read what their coach said of a session", "U1", kClient, {"CommentK1", "rating=2"}},
      {"a client does not learn that their coach said anything",
       "U1",
       kClient,
       {"feedback on session 1 | stream=pairing/P-U1 actor=@K1", "feedback=2"}},
      {"a coach does not read why their client withdrew a session", "K2", kCoach, {"WhyOfU2"}},
      {"a client does not read why their coach withdrew a session", "U1", kClient, {"ReasonU1"}},
      {"no administrator sees a rating beside a name", "AD", kAdmin, {"rating=4", "rating=2", "rating=5"}},
      {"no glass opens feedback", "GL", kManager, {"CommentU1", "CommentK1", "rating=4"}},
      // clients
      {"a client sees no form of another client", "U1", kClient, {"MotivationU2", "FormTongueU2", "FormZoneU2", "FormVersionU2"}},
      {"a client does not learn who else is there", "U1", kClient, {"@U2", "Name of U2", "mail-canary-U2", "A-U2", "P-U2", "@U3", "A-U3"}},
      {"a client without a coach sees no sessions of others", "U3", kClient, {"MinutesU1", "P-U1", "ReasonU1"}},
      {"a client does not see a coach's certificate (S1-13)", "U1", kClient, {"CertificateK1", "CertificateK2"}},
      {"a client does not see the personnel record of their coach", "U1", kClient, {"GradeCanaryK1", "EntityCanaryK1"}},
      {"a client does not see what their coach took part in before", "U1", kClient, {"EarlierProgrammeK1", "earlier participation of K1"}},
      {"a client who chooses sees no coach before acceptance (S1-14)", "U3", kClient, {"AreaK3", "Name of K3", "@K3", "CertificateK3"}},
      {"a client does not learn that a coach was refused", "U3", kClient, {"(coaches row 1)", "(coaches row 2)", "capacity 77"}},
      {"the client of a coach does not learn so either", "U1", kClient, {"(coaches row 1)", "(coaches row 2)", "capacity 77"}},
      {"a client has no figures", "U1", kClient, {"stats "}},
      {"a client takes no copy of anybody else's record", "U1", kClient, {"export U2", "export K1"}},
      {"whoever is nobody here is told of nobody", "nobody", kClient, {"@U1", "@K1", "Name of K1", "AreaK1", "A-U1", "stats "}},
      // S0-06, S0-07: only the programme's administrators, while they are
      {"an administrator of another programme sees no form",
       "AX",
       kAdmin,
       {"MotivationU1", "FormVersionU1", "FormTongueU1", "FormZoneU1", "goalType="}},
      {"an administrator of another programme does not learn who is here", "AX", kAdmin, {"@U1", "@K1", "Name of U1", "Name of K1"}},
      {"an administrator of another programme does not learn what happened", "AX", kAdmin, {"A-U1", "P-U1", "(coaches row 1)"}},
      {"an administrator of another programme has no figures of this one", "AX", kAdmin, {"stats "}},
      {"an administrator of another programme does not learn who administers this one", "AX", kAdmin, {"AD is administrator", "@AD"}},
      {"a former administrator sees no form", "AF", kAdmin, {"MotivationU1", "FormTongueU1", "A-U1", "@U1", "stats "}},
      {"an administrator whose right ended yesterday sees no form", "AE", kAdmin, {"MotivationU1", "FormTongueU1", "A-U1", "@U1", "stats "}},
      {"an administrator of one unit sees no form of another", "UA", kAdmin, {"MotivationU2", "FormTongueU2", "A-U2", "P-U2", "Name of U2", "@U3"}},
      {"an administrator of one unit has no figures of all", "UA", kAdmin, {"stats "}},
      {"an administrator of one unit does not learn who administers others", "UA", kAdmin, {"AD is administrator"}},
      {"an administrator who coaches does not read their client's form as one", "K2", kAdmin, {"MotivationU2", "FormVersionU2", "GradeCanaryU2"}},
      {"an administrator who coaches does not read as one what was said of them", "K2", kAdmin, {"CommentU2", "rating=5"}},
      {"a line manager sees nothing of anybody", "LM", kManager, {"@U1", "@K1", "Name of K1", "AreaK1", "A-U1", "P-U1", "MotivationU1", "stats "}},
      // S1-35, S1-37: supervision
      {"supervision has no client names", "SL", kLead, {"Name of U1", "mail-canary-U1", "@U1"}},
      {"supervision has no case", "SL", kLead, {"A-U1", "P-U1", "MotivationU1", "MinutesU1"}},
      {"supervision reads no words", "SL", kLead, {"CommentU1", "CommentK1", "ReasonU1", "capacity 77"}},
      {"supervision sees no certificate and no pledge's day", "SL", kLead, {"CertificateK1", "pledgedOn="}},
      {"supervision does not see a coach's address", "SL", kLead, {"mail-canary-K1", "GradeCanaryK1"}},
      // S0-39, C5: sponsors and the public have editions
      {"a sponsor knows nobody", "SP", kSponsor, {"@U1", "@K1", "Name of U1", "Name of K1", "AreaK1"}},
      {"a sponsor sees no topic, goal or word", "SP", kSponsor, {"goalType=", "CommentU1", "MotivationU1", "MinutesU1"}},
      {"a sponsor has no figures but editions", "SP", kSponsor, {"stats ", "applications=3", "rating_mean"}},
      {"the public knows nobody, by grade or name", "nobody", kPublic, {"@U1", "@K1", "Name of U1", "Name of K1", "GradeCanaryU1", "EntityCanaryU1"}},
      {"the public sees no case and no figure", "nobody", kPublic, {"A-U1", "P-U1", "history ", "stats ", "rating_mean"}},
      // those who watch
      {"an auditor reads no value of anybody",
       "AU",
       kAuditor,
       {"MotivationU1", "FormTongueU1", "mail-canary-U1", "GradeCanaryU1", "Name of U1", "CommentU1", "ReasonU1", "CertificateK1", "AreaK1",
        "MinutesU1"}},
      {"an auditor does not read who looked, and why", "AU", kAuditor, {"PurposeOfLook", "OperatorOfLook", "show-canary", "ReasonOfGlass"}},
      {"an auditor takes no copy of a record", "AU", kAuditor, {"export U1"}},
      {"a compliance officer sees no form", "CO", kOfficer, {"MotivationU1", "FormTongueU1", "FormVersionU1", "goalType=professional"}},
      {"a compliance officer does not follow a case", "CO", kOfficer, {"A-U1", "P-U1", "CommentU1", "CertificateK1", "stats ", "export U1"}},
      {"a data-protection officer reads no form and no words",
       "DP",
       kProtection,
       {"MotivationU1", "FormTongueU1", "goalType=professional", "GradeCanaryU1", "CommentU1", "ReasonU1", "CertificateK1", "MinutesU1"}},
      {"a data-protection officer is not told who looked", "DP", kProtection, {"NameOfLooker", "id-of-looker", "OperatorOfLook"}},
      {"an administrator is not told who looked, nor why", "AD", kAdmin, {"NameOfLooker", "OperatorOfLook", "PurposeOfLook", "show-canary"}},
      {"an administrator does not read why rights were given, taken or limited",
       "AD",
       kAdmin,
       {"WhyRoleOfK2", "ReasonOfGlass", "HoldReason", "LiftReason"}},
      {"an administrator takes no copy of a record", "AD", kAdmin, {"export U1", "export K1"}},
      {"whoever decided on others takes none of it in a copy of their own", "admin", kClient, {"A-U1", "@U1", "@K1"}},
      {"a person is not told who looked at their record", "U1", kClient, {"NameOfLooker", "id-of-looker", "OperatorOfLook"}},
      {"a person does not find out by asking for one who may have looked", "U1", kClient, {"access-log by |"}},
      {"nor does a coach", "K1", kCoach, {"access-log by |"}},
      {"nor does a data-protection officer", "DP", kProtection, {"access-log by |"}},
  };
  return all;
}

std::string with_ids(std::string words, const std::function<PersonId(const std::string&)>& id) {
  for (auto at = words.find('@'); at != std::string::npos; at = words.find('@')) words.replace(at, 3, id(words.substr(at + 1, 2)).value);
  return words;
}

}  // namespace daybook::test
