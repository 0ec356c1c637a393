#include "failure.hpp"

#include <filesystem>
#include <new>
#include <stdexcept>

#include <fmt/format.h>

#include "saddlescope/analysis/memory.hpp"
#include "saddlescope/io/pending_file.hpp"

namespace saddlescope::apps {

Failure current_failure() {
  try {
    throw;
  } catch (const analysis::NotEnoughMemory& error) {
    return {kBadInput, error.what(), true};
  } catch (const std::invalid_argument& error) {
    return {kBadInput, error.what()};
  } catch (const std::filesystem::filesystem_error& error) {
    return {kBadInput, fmt::format("{}: {}", error.path1().string(), error.code().message())};
  } catch (const std::bad_alloc&) {
    return {kBadInput,
            "the memory at hand does not suffice for this problem; a smaller network, fewer "
            "samples or --method extreme need less",
            true};
  } catch (const WriteFailure& error) {
    return {kFailed, error.what(), false, true};
  } catch (const std::exception& error) {
    return {kFailed, error.what()};
  } catch (...) {
    return {kFailed, "unknown reason"};
  }
}

}  // namespace saddlescope::apps
