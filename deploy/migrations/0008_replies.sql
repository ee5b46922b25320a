-- Replies on their way out.
select 1;
