-- Every message moves times of its lead, none of which is in an index. Where the page has room the new row needs no entry in any
-- of the lead's indexes.
alter table lead set (fillfactor = 80);
