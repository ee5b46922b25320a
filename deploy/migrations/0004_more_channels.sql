-- What platforms other than the first two tell: changed and deleted messages, reactions, where an answer goes, which ad
-- brought somebody.

-- ---- messages after they were written -------------------------------------------------------------------------------

create type message_change_kind as enum ('edited', 'deleted', 'reaction');

-- The newest of each kind that a platform told about a message, whether the message came before it, after it, or never.
-- The message's own row keeps what was written first.
create table message_change (
  platform_id text collate "C" not null,
  channel message_channel not null,
  account text collate "C" not null,
  kind message_change_kind not null,
  by_whom text collate "C" not null default '',  -- of a reaction: whose
  at timestamptz not null,
  customer_id bigint,                            -- nobody yet, where the event came before its customer
  content text collate "C" not null default '',  -- what it says now; the emoji, '' when it was taken away
  location jsonb,
  primary key (platform_id, channel, account, kind, by_whom)
);
create index message_change_customer on message_change (customer_id);

-- ---- people ---------------------------------------------------------------------------------------------------------

-- Where an answer goes when the identity does not say it; sealed, only the connector can open it.
alter table identity add reply_address text;
alter table identity add reply_address_at timestamptz;

-- ---- leads ----------------------------------------------------------------------------------------------------------

-- The ad or post that brought the customer: the earliest told.
create table lead_referral (
  lead_id bigint primary key references lead,
  at timestamptz not null,
  source text not null default '',
  referral_id text collate "C" not null default '',
  url text not null default '',
  headline text not null default '',
  body text not null default ''
);
