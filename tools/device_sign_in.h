// A token for a machine without a browser: whoever it is for agrees on another device (RFC 8628).
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "tools/wire_client.h"

namespace daybook {

// What is shown to whoever signs in.
struct DeviceCode {
  std::string provider;    // whom they will tell who they are
  std::string page;        // where the code is typed
  std::string whole_page;  // the same with the code in it; may be empty
  std::string code;
};

using DeviceRest = std::function<void(std::chrono::seconds)>;

// `tokens`: what the service says of its provider (GET /v1/sign-in/metadata). `show` is called once, before the waiting; `rest` waits. kNotFound:
// they said no, or nobody agreed while the code was good. kBusy, kStorage: the provider does not answer, or not as it should. kRejected: it
// signs nobody in on another device.
Result<std::string> token_by_device(const Wire& wire, const boost::json::object& tokens, const DeviceRest& rest,
                                    const std::function<void(const DeviceCode&)>& show);

}  // namespace daybook
