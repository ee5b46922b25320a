#include "hub/http/address.hpp"
#include "hub/http/client.hpp"

#include <gtest/gtest.h>

namespace hub::http {
namespace {

struct judged {
  const char* address;
  bool is_public;
};

class address_test : public testing::TestWithParam<judged> {};

TEST_P(address_test, is_judged_as_the_registries_say) {
  EXPECT_EQ(is_public_address(GetParam().address), GetParam().is_public) << GetParam().address;
}

INSTANTIATE_TEST_SUITE_P(
    v4, address_test,
    testing::Values(judged{"0.0.0.0", false}, judged{"0.1.2.3", false}, judged{"0.255.255.255", false},
                    judged{"1.0.0.0", true}, judged{"1.1.1.1", true}, judged{"8.8.8.8", true},
                    judged{"9.255.255.255", true}, judged{"10.0.0.0", false}, judged{"10.1.2.3", false},
                    judged{"10.255.255.255", false}, judged{"11.0.0.0", true}, judged{"100.63.255.255", true},
                    judged{"100.64.0.0", false}, judged{"100.100.100.200", false}, judged{"100.127.255.255", false},
                    judged{"100.128.0.0", true}, judged{"126.255.255.255", true}, judged{"127.0.0.0", false},
                    judged{"127.0.0.1", false}, judged{"127.1.2.3", false}, judged{"127.255.255.255", false},
                    judged{"128.0.0.0", true}, judged{"169.253.255.255", true}, judged{"169.254.0.0", false},
                    judged{"169.254.169.254", false}, judged{"169.254.255.255", false}, judged{"169.255.0.0", true},
                    judged{"172.15.255.255", true}, judged{"172.16.0.0", false}, judged{"172.17.0.1", false},
                    judged{"172.31.255.255", false}, judged{"172.32.0.0", true}, judged{"191.255.255.255", true},
                    judged{"192.0.0.0", false}, judged{"192.0.0.8", false}, judged{"192.0.0.255", false},
                    judged{"192.0.1.0", true}, judged{"192.0.2.0", false}, judged{"192.0.2.255", false},
                    judged{"192.0.3.0", true}, judged{"192.88.98.255", true}, judged{"192.88.99.1", false},
                    judged{"192.167.255.255", true}, judged{"192.168.0.0", false}, judged{"192.168.1.1", false},
                    judged{"192.168.255.255", false}, judged{"192.169.0.0", true}, judged{"198.17.255.255", true},
                    judged{"198.18.0.0", false}, judged{"198.19.255.255", false}, judged{"198.20.0.0", true},
                    judged{"198.51.99.255", true}, judged{"198.51.100.0", false}, judged{"198.51.100.255", false},
                    judged{"198.51.101.0", true}, judged{"203.0.112.255", true}, judged{"203.0.113.0", false},
                    judged{"203.0.113.255", false}, judged{"203.0.114.0", true}, judged{"223.255.255.255", true},
                    judged{"224.0.0.0", false}, judged{"224.0.0.251", false}, judged{"239.255.255.255", false},
                    judged{"240.0.0.0", false}, judged{"255.255.255.254", false}, judged{"255.255.255.255", false}));

INSTANTIATE_TEST_SUITE_P(
    v6, address_test,
    testing::Values(
        judged{"::", false}, judged{"::1", false}, judged{"::2", false}, judged{"::8.8.8.8", false},
        judged{"::ffff:127.0.0.1", false}, judged{"::ffff:10.0.0.1", false}, judged{"::ffff:169.254.169.254", false},
        judged{"::ffff:7f00:1", false}, judged{"::ffff:8.8.8.8", true}, judged{"::ffff:0:127.0.0.1", false},
        judged{"64:ff9b::7f00:1", false}, judged{"64:ff9b::10.0.0.1", false}, judged{"64:ff9b::a9fe:a9fe", false},
        judged{"64:ff9b::8.8.8.8", true}, judged{"64:ff9b:1::8.8.8.8", false}, judged{"64:ff9b:1::a00:1", false},
        judged{"100::", false}, judged{"100::1", false}, judged{"1fff:ffff::1", false}, judged{"2001::1", false},
        judged{"2001:0:4136:e378:8000:63bf:3fff:fdd2", false}, judged{"2001:2::1", false}, judged{"2001:10::1", false},
        judged{"2001:20::1", false}, judged{"2001:1ff::1", false}, judged{"2001:200::1", true},
        judged{"2001:db7:ffff::1", true}, judged{"2001:db8::1", false}, judged{"2001:db8:ffff:ffff::1", false},
        judged{"2001:db9::1", true}, judged{"2001:4860:4860::8888", true}, judged{"2002::1", false},
        judged{"2002:7f00:1::1", false}, judged{"2002:a00:1::1", false}, judged{"2002:c0a8:101::1", false},
        judged{"2002:808:808::1", false}, judged{"2003::1", true}, judged{"2606:4700:4700::1111", true},
        judged{"2a00:1450:4001:80b::200e", true}, judged{"2a00::5efe:10.0.0.1", false},
        judged{"2a00::200:5efe:127.0.0.1", false}, judged{"2a00::5efe:8.8.8.8", true}, judged{"3ffe::1", false},
        judged{"3fff::1", false}, judged{"3fff:fff::1", false}, judged{"3fff:1000::1", true}, judged{"4000::1", false},
        judged{"5f00::1", false}, judged{"fc00::1", false}, judged{"fd00::1", false},
        judged{"fd12:3456:789a::1", false}, judged{"fdff:ffff::1", false}, judged{"fe00::1", false},
        judged{"fe80::1", false}, judged{"febf::1", false}, judged{"fec0::1", false}, judged{"feff::1", false},
        judged{"ff00::1", false}, judged{"ff02::1", false}, judged{"ff0e::1", false},
        judged{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false}));

INSTANTIATE_TEST_SUITE_P(
    odd_forms, address_test,
    testing::Values(judged{"", false}, judged{" ", false}, judged{"localhost", false}, judged{"example.com", false},
                    judged{"8.8.8", false}, judged{"8.8.8.8.8", false}, judged{"8.8.8.256", false},
                    judged{"2130706433", false}, judged{"134744072", false}, judged{"0x7f000001", false},
                    judged{"0x8.8.8.8", false}, judged{"0177.0.0.1", false}, judged{"010.8.8.8", false},
                    judged{"127.1", false}, judged{" 8.8.8.8", false}, judged{"8.8.8.8 ", false},
                    judged{"8.8.8.8:80", false}, judged{"[::1]", false}, judged{"[2606:4700::1]", false},
                    judged{"::ffff:8.8.8", false}, judged{"fe80::1%lo", false}, judged{"8.8.8.8/32", false},
                    judged{"1::2::3", false}, judged{"-1.0.0.0", false}));

TEST(networks, match_addresses_within_their_prefix) {
  const auto holds = [](const char* network, const char* address) {
    return parse_network(network).value().contains(boost::asio::ip::make_address(address));
  };
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("192.168.1.128/25", "192.168.1.200"));
  EXPECT_FALSE(holds("192.168.1.128/25", "192.168.1.100"));
  EXPECT_TRUE(holds("127.0.0.1", "::ffff:127.0.0.1"));
  EXPECT_TRUE(holds("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2606::1"));
  EXPECT_TRUE(holds("fd00::/8", "fd12::1"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(networks, are_refused_with_the_reason_when_malformed) {
  for (const auto* text :
       {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129", "10.0.0.0/-1", "10.0.0.0/8 "})
    EXPECT_FALSE(parse_network(text).has_value()) << text;
}

TEST(forwarded_for, names_the_right_most_untrusted_address) {
  const std::vector trusted{parse_network("127.0.0.1").value(), parse_network("10.0.0.0/8").value()};
  const auto peer = [&](const char* connected, const char* header) {
    return forwarded_peer(boost::asio::ip::make_address(connected), header, trusted).to_string();
  };
  EXPECT_EQ(peer("127.0.0.1", "8.8.8.8"), "8.8.8.8");
  EXPECT_EQ(peer("127.0.0.1", "1.1.1.1, 8.8.8.8"), "8.8.8.8");
  EXPECT_EQ(peer("127.0.0.1", "1.1.1.1, 8.8.8.8, 10.0.0.7"), "8.8.8.8");
  EXPECT_EQ(peer("127.0.0.1", "10.0.0.9, 10.0.0.7"), "10.0.0.9");
  EXPECT_EQ(peer("127.0.0.1", ""), "127.0.0.1");
  EXPECT_EQ(peer("127.0.0.1", "rubbish"), "127.0.0.1");
  EXPECT_EQ(peer("127.0.0.1", "8.8.8.8, rubbish, 10.0.0.7"), "10.0.0.7");
  EXPECT_EQ(peer("127.0.0.1", "8.8.8.8:4711"), "8.8.8.8");
  EXPECT_EQ(peer("127.0.0.1", "[2606:4700::1]:443"), "2606:4700::1");
  EXPECT_EQ(peer("127.0.0.1", "::ffff:8.8.4.4"), "8.8.4.4");
  EXPECT_EQ(peer("9.9.9.9", "8.8.8.8"), "9.9.9.9");
  EXPECT_EQ(peer("::ffff:127.0.0.1", "8.8.8.8"), "8.8.8.8");
}

}  // namespace
}  // namespace hub::http
