#include "connectors/activity/activity.hpp"
#include "connectors/email/email.hpp"
#include "connectors/erp/erp.hpp"
#include "connectors/telegram/telegram.hpp"
#include "connectors/viber/viber.hpp"
#include "connectors/whatsapp/whatsapp.hpp"

namespace connectors {

const std::vector<connector_kind>& registry() {
  static const std::vector<connector_kind> kinds{
      activity::kind(), email::kind(), erp::kind(), telegram::kind(), viber::kind(), whatsapp::kind(),
  };
  return kinds;
}

}  // namespace connectors
