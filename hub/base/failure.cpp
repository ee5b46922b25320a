#include "hub/base/failure.hpp"

#include <boost/system/system_error.hpp>

#include <new>

namespace hub {

classified classify(std::exception_ptr e) noexcept {
  try {
    std::rethrow_exception(e);
  } catch (const error& x) {
    return {x.kind(), x.code(), x.what()};
  } catch (const boost::system::system_error& x) {
    // Network and operating system errors: the peer or the machine, not the input.
    const bool stopped = x.code() == boost::system::errc::operation_canceled;
    // what() ends with the place in Boost's headers that set the code; nobody who operates the hub wants it.
    return {stopped ? failure::cancelled : failure::transient, x.code().message(), x.code().message()};
  } catch (const std::bad_alloc& x) {
    return {failure::transient, "out of memory", x.what()};
  } catch (const std::exception& x) {
    return {failure::permanent, "exception", x.what()};
  } catch (...) {
    return {failure::permanent, "unknown", "an exception that is not a std::exception"};
  }
}

}  // namespace hub
