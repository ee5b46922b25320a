-- What an ERP tells and is told.
select 1;
