#include "server/connection.h"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <functional>
#include <optional>
#include <variant>

#include "server/handled.h"
#include "server/problem.h"
#include "server/response_text.h"

namespace daybook {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace {

using Plain = beast::tcp_stream;
using Encrypted = asio::ssl::stream<beast::tcp_stream>;
using Moment = std::chrono::steady_clock::time_point;
constexpr auto kTuple =
    asio::as_tuple(asio::use_awaitable);              // what is given to a co_await has a name first: g++ 12 destroys some temporaries there twice
constexpr std::chrono::seconds kLinger{1};            // for a client to read why it was refused
constexpr size_t kLingerBytesMax = 256 * 1024;        // of what it still sends meanwhile
constexpr std::chrono::milliseconds kNoStep{5};       // in which answers go that say no: microseconds would tell what is there from what is not
constexpr std::chrono::milliseconds kPartPause{100};  // until we look again whether a part can be had

constexpr Moment kNever = Moment::max();
Moment now() { return std::chrono::steady_clock::now(); }

using Part = Result<std::optional<std::string>>;

// One of the few places for large bodies, for as long as this lives.
class LargeBody {
 public:
  // Null: it needs none.
  explicit LargeBody(StreamCount* places) : places_(places), held_(places && places->enter()) {}
  ~LargeBody() {
    if (held_) places_->leave();
  }
  LargeBody(const LargeBody&) = delete;
  LargeBody& operator=(const LargeBody&) = delete;
  bool may_come() const { return held_ || !places_; }

 private:
  StreamCount* const places_;
  const bool held_;
};

template <class Stream>
class Conversation final : public Talk {
 public:
  template <class... Arguments>
  Conversation(HttpServer::Shared& shared, const std::string& capped, const Service& service, WorkerPool& workers, Peer peer,
               Arguments&&... arguments)
      : Talk(shared, capped),
        service_(service),
        workers_(workers),
        peer_(std::move(peer)),
        network_(network_of(peer_.address)),
        stream_(std::forward<Arguments>(arguments)...),
        timer_(stream_.get_executor()),
        buffer_(shared.rules.admission.line_bytes_max + shared.rules.admission.head_bytes_max + 16 * 1024) {}

  Stream& stream() { return stream_; }

  // The connection ends at that moment, unless it is told another before; kNever while nothing is wanted of the client. The timer is set anew only
  // where it would be late: deadlines mostly move on, and it looks for the next one itself.
  void until(Moment moment) {
    deadline_ = moment;
    if (deadline_ < looks_at_) look_at(deadline_);
  }

  void drain() override {
    post([this] {
      if (idle_) lowest().cancel();
    });
  }
  void cut() override {
    post([this] {
      lowest().close();
      if (const auto pending = pending_.lock()) pending->given.cancel();
    });
  }

  asio::awaitable<void> run() {
    for (int64_t n = 1;; ++n) {
      if (!co_await something_came()) co_return;
      const bool last = n == shared_.rules.requests_per_connection;
      if (!co_await one_request(last)) break;
    }
    co_await linger();
  }

 private:
  using Rules = DoorRules;
  const Rules& rules() const { return shared_.rules; }
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }
  std::string_view bytes() const { return {static_cast<const char*>(buffer_.data().data()), buffer_.size()}; }

  void look_at(Moment moment) {
    looks_at_ = moment;
    timer_.expires_at(moment);
    timer_.async_wait([weak = weak_from_this()](beast::error_code error) {
      const auto self = weak.lock();
      if (self && !error) static_cast<Conversation&>(*self).look();
    });
  }

  void look() {
    looks_at_ = kNever;
    if (now() >= deadline_) return lowest().close();
    until(deadline_);
  }

  template <class Do>
  void post(Do what) {
    if (const auto self = weak_from_this().lock()) asio::post(stream_.get_executor(), [self, what] { what(); });
  }

  asio::awaitable<bool> read_more() {
    const auto [error, size] = co_await stream_.async_read_some(buffer_.prepare(4096), kTuple);
    until(kNever);
    buffer_.commit(size);
    co_return !error;
  }

  // Waits for the first byte of a request.
  asio::awaitable<bool> something_came() {
    if (buffer_.size() > 0) co_return true;
    until(now() + rules().deadlines.idle);
    idle_ = true;
    const bool came = !shared_.draining && co_await read_more();
    idle_ = false;
    co_return came;
  }

  // Whether the connection goes on after it.
  asio::awaitable<bool> one_request(bool last) {
    auto head = co_await read_head();
    if (auto* refusal = std::get_if<Rejection>(&head)) {
      const Trace fresh = shared_.trace("");
      co_return co_await refuse(*refusal, peer_, fresh);
    }
    auto* admitted = std::get_if<Admitted>(&head);
    if (!admitted) co_return false;
    Request request = request_of(*admitted);
    const auto network = request.peer.address == peer_.address ? network_ : network_of(request.peer.address);
    if (const auto seconds = shared_.caps.requests->take(network, now())) {
      const Rejection too_many{"too-many-requests", ""};
      co_return co_await refuse(too_many, request.peer, request.trace, static_cast<int>(seconds->count()));
    }
    const bool large = is_large(*admitted);
    const bool may_come = !large || co_await may_send(request);
    if (!may_come) co_return false;
    auto place = std::make_shared<const LargeBody>(large ? &shared_.large_bodies : nullptr);
    if (!place->may_come()) {
      const Rejection busy{"busy", ""};
      co_return co_await refuse(busy, request.peer, request.trace, 5);
    }
    auto body = co_await read_body(*admitted);
    if (auto* refusal = std::get_if<Rejection>(&body)) co_return co_await refuse(*refusal, request.peer, request.trace);
    auto* whole = std::get_if<std::string>(&body);
    if (!whole) co_return false;
    request.body = std::move(*whole);
    const bool close = last || !admitted->keep_alive;
    co_return co_await answer(std::move(request), std::move(place), close);
  }

  // The whole request. Whether the connection goes on after its answer; `close`: it does not.
  asio::awaitable<bool> answer(Request request, std::shared_ptr<const LargeBody> place, bool close) {
    request.deadline = now() + rules().deadlines.handling;
    const bool with_body = request.method != Method::kHead;
    const auto began = now();
    const Response response = co_await handle(std::move(request), std::move(place));
    if (says_no(response)) co_await wait_for_step(began);
    close = close || response.close || shared_.draining;
    std::string text = response_text(response, date_.now(), with_body, close);
    bool sent = co_await write(std::move(text));
    if (sent && with_body && response.parts) sent = co_await write_parts(response.parts);
    co_return sent && !close;
  }

  // Whether a large body is read at all; else its sender was told why not.
  asio::awaitable<bool> may_send(const Request& request) {
    Request head = request;
    head.deadline = now() + rules().deadlines.handling;
    const auto began = now();
    std::shared_ptr<const LargeBody> no_place;
    const Response judged = co_await handle(std::move(head), std::move(no_place), &Route::judge_head);
    if (judged.status == kGoOn) co_return true;
    co_await wait_for_step(began);
    std::string text = response_text(judged, date_.now(), true, true);
    co_await write(std::move(text));
    co_return false;
  }

  // Until a whole number of steps after `began`.
  asio::awaitable<void> wait_for_step(Moment began) {
    const auto steps = (now() - began) / kNoStep + 1;
    asio::steady_timer timer(stream_.get_executor(), began + steps * kNoStep);
    co_await timer.async_wait(kTuple);
  }

  struct Gone {};  // the client, or the time

  asio::awaitable<std::variant<Admitted, Rejection, Gone>> read_head() {
    const auto deadline = now() + rules().deadlines.head;
    for (size_t seen = 0;;) {
      auto end = find_head_end(bytes(), seen, rules().admission);
      if (auto* refusal = std::get_if<Rejection>(&end)) co_return std::move(*refusal);
      head_bytes_ = std::get<size_t>(end);
      if (head_bytes_ > 0) co_return admitted(bytes().substr(0, head_bytes_));
      seen = buffer_.size();
      until(deadline);
      if (!co_await read_more()) co_return Gone{};
    }
  }

  std::variant<Admitted, Rejection, Gone> admitted(std::string_view head) const {
    auto parsed = parse_head(head, rules().admission);
    if (auto* refusal = std::get_if<Rejection>(&parsed)) return std::move(*refusal);
    const auto limit = [this](Method method, std::string_view path) { return service_.body_limit(method, path); };
    auto answer = admit(std::get<ParsedHead>(parsed), rules().admission, limit);
    if (auto* refusal = std::get_if<Rejection>(&answer)) return std::move(*refusal);
    return std::move(std::get<Admitted>(answer));
  }

  // Of a chunked body nobody knows.
  bool is_large(const Admitted& admitted) const {
    const auto plain = rules().admission.body_bytes_max;
    return (admitted.chunked ? admitted.body_bytes_max : admitted.body_bytes) > plain;
  }

  Request request_of(const Admitted& admitted) {
    Request request;
    request.method = admitted.method;
    request.path = admitted.path;
    request.query = admitted.query;
    request.fields = admitted.fields;
    request.peer = peer_;
    std::string forwarded;  // a proxy may add to the field, or add another one
    for (const auto& field : admitted.fields) {
      if (field.name == "x-forwarded-for") forwarded += (forwarded.empty() ? "" : ",") + field.value;
    }
    request.peer.address = client_address(peer_.address, forwarded, rules().proxies);
    request.trace = shared_.trace(request.field("traceparent"));
    return request;
  }

  // Takes the head of a request without a body, which must be all that came.
  std::variant<std::string, Rejection, Gone> take_head() {
    buffer_.consume(head_bytes_);
    if (buffer_.size() > 0) return Rejection{"malformed-request", "found bytes after the request and before its answer"};
    return std::string();
  }

  // Reads the rest of the request with Beast, which must see the same head as we did.
  asio::awaitable<std::variant<std::string, Rejection, Gone>> read_body(const Admitted& admitted) {
    if (!admitted.takes_body) co_return take_head();
    const auto deadline = now() + rules().deadlines.body;
    if (admitted.expects_continue) {
      std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      const bool sent = co_await write_until(deadline, std::move(go_on));
      if (!sent) co_return Gone{};
    }
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<uint32_t>(rules().admission.line_bytes_max + rules().admission.head_bytes_max + 16));
    parser.body_limit(admitted.body_bytes_max);
    auto no_extensions = [](uint64_t, beast::string_view extensions, beast::error_code& error) {
      if (!extensions.empty()) error = http::error::bad_chunk_extension;
    };
    parser.on_chunk_header(no_extensions);
    until(deadline);
    const auto [error, size] = co_await http::async_read(stream_, buffer_, parser, kTuple);
    until(kNever);
    if (error == http::error::body_limit) co_return Rejection{"body-too-large", fmt::format("want {} bytes at most", admitted.body_bytes_max)};
    if (error == http::error::end_of_stream || error == http::error::partial_message) co_return Gone{};
    if (error.category() == make_error_code(http::error::bad_chunk).category())
      co_return Rejection{"malformed-request", "the body: its chunks are not well formed"};
    if (error) co_return Gone{};
    if (!same_reading(parser.get(), admitted)) co_return Rejection{"malformed-request", "the request can be read in two ways"};
    if (buffer_.size() > 0) co_return Rejection{"malformed-request", "found bytes after the request and before its answer"};
    co_return std::move(parser.get().body());
  }

  // Fields after a chunked body would be more of them.
  static bool same_reading(const http::request<http::string_body>& read, const Admitted& admitted) {
    const auto target = admitted.query.empty() ? admitted.path : admitted.path + "?" + admitted.query;
    const std::string found(read.target());
    return std::string_view(read.method_string()) == method_name(admitted.method) && (found == target || found == target + "?") &&
           read.version() == 11 && static_cast<size_t>(std::distance(read.begin(), read.end())) == admitted.fields.size() &&
           (admitted.chunked || read.body().size() == admitted.body_bytes);
  }

  // What a worker has the service say of it, by that handler of its route. `place` is held until the body is gone, be it after the answer.
  asio::awaitable<Response> handle(Request request, std::shared_ptr<const LargeBody> place, Handler Route::* asked = &Route::handler) {
    if (auto response = service_.handle_at_once(request)) co_return std::move(*response);
    const auto peer = request.peer;
    const auto trace = request.trace;
    const auto pending = handle_later({service_, workers_, shared_.laters, asked}, std::move(request), std::move(place), stream_.get_executor());
    if (!pending) {
      auto busy = service_.refuse({"busy", ""}, peer, trace);
      busy.close = false;
      co_return std::move(busy.with("retry-after", "1"));
    }
    pending_ = pending;
    co_await pending->given.async_wait(kTuple);
    pending->awaited = false;
    if (!pending->what) co_return service_.refuse({"took-too-long", ""}, peer, trace);
    co_return std::move(*pending->what);
  }

  // Sends what comes, each part within a deadline of its own. Whether the client has it all.
  asio::awaitable<bool> write_parts(std::shared_ptr<BodyParts> parts) {
    for (;;) {
      const Wait waited = co_await wait_for_part(*parts);
      if (waited == Wait::kOver) break;
      if (waited == Wait::kGone) co_return false;
      const auto part = co_await next_part(parts);
      if (!part || part->has_error()) co_return false;
      if (!part->value()) break;
      bool there = false;
      if (part->value()->empty()) {  // a chunk like that would be the last
        there = co_await pause();
      } else {
        std::string chunk = chunk_of(*part->value());
        there = co_await write(std::move(chunk));
      }
      if (!there) co_return false;
    }
    std::string last(kLastChunk);
    co_return co_await write(std::move(last));
  }

  enum class Wait { kReady, kOver, kGone };

  asio::awaitable<Wait> wait_for_part(const BodyParts& parts) {
    for (;;) {
      if (parts.ready()) co_return Wait::kReady;
      if (shared_.draining) co_return Wait::kOver;
      const bool there = co_await pause();
      if (!there) co_return Wait::kGone;
    }
  }

  // Has the next part made by a worker. Null: too many wait already.
  std::shared_ptr<Pending<Part>> begin_part(const std::shared_ptr<BodyParts>& parts) {
    const auto executor = stream_.get_executor();
    auto pending = std::make_shared<Pending<Part>>(executor, now() + rules().deadlines.handling);
    std::function<void()> job = [pending, parts = std::shared_ptr(parts), executor]() mutable {
      if (!pending->awaited) return;
      auto part = parts->next();
      parts = nullptr;  // before the client has it
      asio::post(executor, [pending, part = std::move(part)]() mutable { pending->give(std::move(part)); });
    };
    if (!workers_.submit_patient(std::move(job))) return nullptr;
    pending_ = pending;
    return pending;
  }

  // Nullopt: the client is gone, or the time.
  asio::awaitable<std::optional<Part>> next_part(std::shared_ptr<BodyParts> parts) {
    for (;;) {
      const auto pending = begin_part(parts);
      if (pending) {
        co_await pending->given.async_wait(kTuple);
        pending->awaited = false;
        co_return std::move(pending->what);
      }
      const bool there = co_await pause();
      if (!there) co_return std::nullopt;
    }
  }

  // A while; then whether the client is still there.
  asio::awaitable<bool> pause() {
    asio::steady_timer timer(stream_.get_executor(), kPartPause);
    co_await timer.async_wait(kTuple);
    auto& socket = lowest().socket();
    pollfd seen{socket.is_open() ? socket.native_handle() : -1, POLLRDHUP, 0};
    co_return seen.fd >= 0 && ::poll(&seen, 1, 0) == 0;
  }

  asio::awaitable<bool> refuse(const Rejection& refusal, const Peer& peer, const Trace& trace, int retry_after = 0) {
    auto response = service_.refuse(refusal, peer, trace);
    if (retry_after > 0) response.with("retry-after", std::to_string(retry_after));
    std::string text = response_text(response, date_.now(), true, true);
    co_await write(std::move(text));
    co_return false;
  }

  asio::awaitable<bool> write(std::string text) { return write_until(now() + rules().deadlines.write, std::move(text)); }

  asio::awaitable<bool> write_until(Moment deadline, std::string text) {
    const size_t written = write_at_once(text);
    if (written == text.size()) co_return true;
    const auto rest = asio::buffer(text) + written;
    until(deadline);
    const auto [error, size] = co_await asio::async_write(stream_, rest, kTuple);
    until(kNever);
    co_return !error;
  }

  // As many bytes as the system takes without waiting, which mostly is all; none where they are encrypted.
  size_t write_at_once(const std::string& text) {
    if constexpr (std::is_same_v<Stream, Encrypted>) return 0;
    auto& socket = lowest().socket();
    if (!socket.non_blocking()) return 0;
    beast::error_code error;  // is told of when the rest is written
    return socket.write_some(asio::buffer(text), error);
  }

  // Says that nothing more will be sent, and reads what still comes: a connection closed with bytes unread takes the answer back from the client.
  asio::awaitable<void> linger() {
    until(now() + kLinger);
    if constexpr (std::is_same_v<Stream, Encrypted>) {
      const auto [error] = co_await stream_.async_shutdown(kTuple);
      if (now() >= deadline_) co_return;
    }
    beast::error_code ignored;
    lowest().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    std::array<char, 4096> rest;
    for (size_t read = 0; read < kLingerBytesMax;) {
      const auto [error, size] = co_await lowest().async_read_some(asio::buffer(rest), kTuple);
      if (error) co_return;
      read += size;
    }
  }

  const Service& service_;
  WorkerPool& workers_;
  const Peer peer_;
  const std::string network_;  // of the peer, as caps count it
  Stream stream_;
  asio::steady_timer timer_;
  Moment deadline_ = kNever, looks_at_ = kNever;
  DateText date_;
  beast::flat_buffer buffer_;
  size_t head_bytes_ = 0;  // of the request that is being read
  bool idle_ = false;
  std::weak_ptr<Awaited> pending_;  // what is being waited for
};

asio::awaitable<void> run_plain(std::shared_ptr<Conversation<Plain>> talk) { co_await talk->run(); }

asio::awaitable<void> run_encrypted(std::shared_ptr<Conversation<Encrypted>> talk, std::shared_ptr<asio::ssl::context>, Moment deadline) {
  talk->until(deadline);
  const auto [error] = co_await talk->stream().async_handshake(asio::ssl::stream_base::server, kTuple);
  talk->until(kNever);
  if (!error) co_await talk->run();
}

}  // namespace

Talk::Talk(HttpServer::Shared& shared, std::string capped) : shared_(shared), capped_(std::move(capped)) {
  const std::lock_guard lock(shared_.mutex);
  shared_.talks.insert(this);
}

Talk::~Talk() {
  if (!capped_.empty()) shared_.caps.connections->leave(capped_);
  {
    const std::lock_guard lock(shared_.mutex);
    shared_.talks.erase(this);
  }
  shared_.fewer.notify_all();
}

void serve(asio::ip::tcp::socket socket, const Peer& peer, const std::string& capped, std::shared_ptr<asio::ssl::context> tls, const Service& service,
           WorkerPool& workers, HttpServer::Shared& shared) {
  const auto executor = socket.get_executor();
  if (tls) {
    auto talk = std::make_shared<Conversation<Encrypted>>(shared, capped, service, workers, peer, beast::tcp_stream(std::move(socket)), *tls);
    asio::co_spawn(executor, run_encrypted(talk, tls, now() + shared.rules.deadlines.handshake), asio::detached);
  } else {
    boost::system::error_code error;  // then it writes like others
    socket.non_blocking(true, error);
    auto talk = std::make_shared<Conversation<Plain>>(shared, capped, service, workers, peer, std::move(socket));
    asio::co_spawn(executor, run_plain(std::move(talk)), asio::detached);
  }
}

}  // namespace daybook
