#pragma once
// Prometheus metrics of this process, over prometheus-cpp. Names begin with hub_, base units, counters end
// in _total; labels never carry ids. Ask once, keep the reference (it lives as long as the process), then
// use it on any thread.

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <map>
#include <string>

namespace hub::metrics {

using labels = std::map<std::string, std::string>;

prometheus::Counter& counter(const std::string& name, const std::string& help, const labels& of = {});
prometheus::Gauge& gauge(const std::string& name, const std::string& help, const labels& of = {});
/// Seconds, in buckets from half a millisecond to a minute.
prometheus::Histogram& duration(const std::string& name, const std::string& help, const labels& of = {});

/// The text exposition of everything above, for GET /metrics, with the process's own memory, CPU and file
/// descriptors.
std::string expose();

}  // namespace hub::metrics
