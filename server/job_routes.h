// Spreadsheets that are taken in as jobs, and what is told of a job to whoever began it.
#pragma once

#include <cstdint>

#include "server/asker.h"
#include "server/import_jobs.h"
#include "server/router.h"

namespace daybook {

// What jobs are begun and told of with. All is borrowed.
struct JobParts {
  ImportJobs& jobs;
  const Callers& callers;
  ServiceLog& log;
  uint64_t import_bytes = 64 << 20;  // of a spreadsheet
};

// POST /v1/imports/{kind}, a spreadsheet as text/csv; Idempotency-Key is wanted. GET /v1/jobs/{id} and /v1/jobs/{id}/report. What `parts` borrows
// must outlive the router.
void add_job_routes(Router& router, const JobParts& parts);

}  // namespace daybook
