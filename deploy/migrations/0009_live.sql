-- What consoles are told at once.
select 1;
