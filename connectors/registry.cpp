#include "connectors/activity/activity.hpp"
#include "connectors/email/email.hpp"
#include "connectors/erp/erp.hpp"
#include "connectors/erp/odata_connector.hpp"
#include "connectors/telegram/telegram.hpp"
#include "connectors/telephony/asterisk/asterisk.hpp"
#include "connectors/telephony/binotel/binotel.hpp"
#include "connectors/telephony/ringostat/ringostat.hpp"
#include "connectors/telephony/twilio/twilio.hpp"
#include "connectors/viber/viber.hpp"
#include "connectors/whatsapp/whatsapp.hpp"

namespace connectors {

const std::vector<connector_kind>& registry() {
  static const std::vector<connector_kind> kinds{
      activity::kind(),
      telephony::asterisk::kind(),
      telephony::binotel::kind(),
      email::kind(),
      erp::kind(),
      erp::odata_kind(),
      telephony::ringostat::kind(),
      telegram::kind(),
      telephony::twilio::kind(),
      viber::kind(),
      whatsapp::kind(),
  };
  return kinds;
}

}  // namespace connectors
