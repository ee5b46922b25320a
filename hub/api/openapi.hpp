#pragma once
// docs/openapi.yaml as JSON. Throws hub::error (permanent) with the places of what is wrong in it. Any thread.

#include <string>

namespace hub::api {

std::string openapi_json();

}  // namespace hub::api
